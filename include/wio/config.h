/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/config.h - the few choices made at compile time
 *
 * Set by -D on the compiler's command line; each is built both ways by ./test
 * (the tree build-variant, the tests `nofloat` and `nosentences`). Everything
 * else is chosen at run time, in structs.
 */
#ifndef WIO_CONFIG_H
#define WIO_CONFIG_H

/* 1: floating-point operators. 0: a module that uses them is refused; saves
 * the operators and the compiler's soft-float routines on parts without FPU. */
#ifndef WIO_CFG_FLOAT
#define WIO_CFG_FLOAT 1
#endif

/* 1: the atomic instructions of the threads proposal. 0: a module that uses
 * them is refused. */
#ifndef WIO_CFG_ATOMICS
#define WIO_CFG_ATOMICS 1
#endif

/* 0: the interpreter dispatches by computed goto (gcc, clang). 1: by `switch`,
 * in portable C11: less text, more instructions an operator. */
#ifndef WIO_CFG_SWITCH_DISPATCH
#define WIO_CFG_SWITCH_DISPATCH 0
#endif

/* 1: a refusal says in a sentence what is wrong, where, what to do. 0: it says
 * the name of its code only, which saves the sentences' text. Nothing else
 * differs: `wasmio check FILE --board B` on a host refuses the same container
 * for the same reason and has the sentence. */
#ifndef WIO_CFG_SENTENCES
#define WIO_CFG_SENTENCES 1
#endif

#if WIO_CFG_FLOAT != 0 && WIO_CFG_FLOAT != 1
#error "WIO_CFG_FLOAT is 0 or 1"
#endif
#if WIO_CFG_ATOMICS != 0 && WIO_CFG_ATOMICS != 1
#error "WIO_CFG_ATOMICS is 0 or 1"
#endif
#if WIO_CFG_SWITCH_DISPATCH != 0 && WIO_CFG_SWITCH_DISPATCH != 1
#error "WIO_CFG_SWITCH_DISPATCH is 0 or 1"
#endif
#if WIO_CFG_SENTENCES != 0 && WIO_CFG_SENTENCES != 1
#error "WIO_CFG_SENTENCES is 0 or 1"
#endif

#endif
