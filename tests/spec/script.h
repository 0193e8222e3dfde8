/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/spec/script.h - one file of the specification's test suite, as bytes
 *
 * The vectors come as a JSON command list plus the .wasm files it names. A
 * target has neither files nor a JSON reader, so the host (tools/cli/
 * spec_script.c) packs both into one block that tests/spec/runner.c walks
 * through. All integers are little-endian; nothing is aligned.
 *
 *     script  = magic:u32 version:u32 n_commands:u32 n_modules:u32
 *               n_registers:u32 features:u32 pages:u32 command*
 *     command = size:u32 op:u8 line:u32 body           size counts op to body
 *     text    = len:u32 byte*
 *     action  = kind:u8 module:text field:text n:u32 value*
 *     value   = type:u8 match:u8 bits:u64
 *
 * Bodies, by operation:
 *     MODULE           name:text bytes:text            name "" when unnamed
 *     DEFINITION       bytes:text
 *     REGISTER         name:text as:text
 *     ACTION           action
 *     RETURN           action n:u32 value*
 *     TRAP EXHAUSTION  action message:text
 *     INVALID MALFORMED UNLINKABLE
 *                      bytes:text message:text
 *     UNINSTANTIABLE   bytes:text message:text
 *     SKIP             reason:u8
 *     NEEDS            pages:u32
 * NEEDS is no command of the list: it says that the next one can be answered
 * only where a memory may have that many pages. `pages` of the header is the
 * most any command needs, and at least SPEC_PAGES.
 */
#ifndef WIO_TEST_SPEC_SCRIPT_H
#define WIO_TEST_SPEC_SCRIPT_H

#define SPEC_MAGIC 0x534f4957u      /* "WIOS" */
#define SPEC_VERSION 1u
#define SPEC_HEADER_SIZE 28u        /* bytes */
#define SPEC_PAGES 16u              /* what a memory may grow to at least */

enum spec_op {
    SPEC_MODULE = 1,
    SPEC_DEFINITION,
    SPEC_REGISTER,
    SPEC_ACTION,
    SPEC_RETURN,
    SPEC_TRAP,
    SPEC_EXHAUSTION,
    SPEC_INVALID,
    SPEC_MALFORMED,
    SPEC_UNLINKABLE,
    SPEC_UNINSTANTIABLE,
    SPEC_SKIP,
    SPEC_NEEDS
};

enum spec_action_kind {
    SPEC_INVOKE = 1,
    SPEC_GET
};

/* How a result is compared. Arguments are always BITS. */
enum spec_match {
    SPEC_BITS = 0,              /* a reference's bits are its number + 1 */
    SPEC_NAN_CANONICAL,
    SPEC_NAN_ARITHMETIC,
    SPEC_ANY_REFERENCE          /* any but null, whose bits are 0 */
};

/* Why a command was not run. */
enum spec_skip {
    SPEC_SKIP_TEXT = 0,         /* about the text format */
    SPEC_SKIP_MEMORY64,         /* a 64-bit memory */
    SPEC_SKIP_SIMD,             /* vector instructions */
    SPEC_SKIP_SET,              /* a proposal that is not implemented */
    SPEC_SKIP_MEMORY,           /* more memory than this target has */
    SPEC_N_SKIPS
};

#endif
