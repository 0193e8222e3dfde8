/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interp/opcodes.h - the register code, one line an operator
 *
 * A unit is a byte. d, a, b, c are slots of the frame (one byte each); 16 and
 * 32 stand for little-endian fields. i64 and f64 take two slots, the operand
 * names the lower. A branch's offset field lies behind the operator and counts
 * from the operator: forwards, or backwards in the operators that end in _b
 * (which are the safepoints). `base` is the slot where a callee's frame
 * begins: arguments in, results out.
 *
 * Order matters where a comment says so; compile.c and run.c compute with it.
 */
#ifndef WIO_INTERP_OPCODES_H
#define WIO_INTERP_OPCODES_H

#define WIO_OPCODES(X)                                                        \
    /* control; the first four never occur in a module's code */              \
    X(halt)        /* - : the end of the outermost call by the host */        \
    X(leave)       /* - : of one from inside a host function */               \
    X(restore)     /* - : back into the calling instance */                   \
    X(resume)      /* - : into a suspended call */                            \
    X(unreachable) /* - */                                                    \
    X(zero)        /* first n : clear locals */                               \
    X(farin)       /* params16 locals16 : prologue of a big function */       \
    X(jmp)         /* off16 */                                                \
    X(jmp_b)       /* off16 */                                                \
    X(jmpw)        /* off32 */                                                \
    X(jmpw_b)      /* off32 */                                                \
    X(brt)         /* a n16 (off16)*(n+1), offsets count from field - 1 */    \
    X(brtw)        /* a n32 (off32)*(n+1) */                                  \
    X(ret)         /* - */                                                    \
    X(ret1)        /* a */                                                    \
    X(ret2)        /* a */                                                    \
    X(call)        /* base func8 */                                           \
    X(callf)       /* base16 func16 */                                        \
    X(callx)       /* base import8 */                                         \
    X(callxf)      /* base16 import16 */                                      \
    X(calli)       /* base type16 table a */                                  \
    X(callif)      /* base16 type16 table a */                                \
    /* typed imports: results none, i32, i64; then constant first argument */ \
    X(h0v)         /* import8 base */                                        \
    X(h1v)         /* import8 a base */                                      \
    X(h2v)         /* import8 a b base */                                    \
    X(h3v)         /* import8 a b c base */                                  \
    X(h4v)         /* import8 a b c d base */                                \
    X(h1vk)        /* import8 imm16 base */                                  \
    X(h2vk)        /* import8 imm16 a base */                                \
    X(h3vk)        /* import8 imm16 a b base */                              \
    X(h4vk)        /* import8 imm16 a b c base */                            \
    X(h0i)         /* import8 [mov d base] : the slow path enters the mov */ \
    X(h1i)                                                                    \
    X(h2i)                                                                    \
    X(h3i)                                                                    \
    X(h4i)                                                                    \
    X(h1ik)                                                                   \
    X(h2ik)                                                                   \
    X(h3ik)                                                                   \
    X(h4ik)                                                                   \
    X(h0l)         /* import8 [mov2 d base] */                                \
    X(h1l)                                                                    \
    X(h2l)                                                                    \
    X(h1lk)                                                                   \
    X(h2lk)                                                                   \
    /* moves and constants */                                                 \
    X(mov)         /* d a */                                                  \
    X(mov2)        /* d a */                                                  \
    X(movn)        /* d16 a16 n16, upwards */                                 \
    X(k8)          /* d imm8 */                                               \
    X(k16)         /* d imm16 */                                              \
    X(k32)         /* d imm32 */                                              \
    X(k64s)        /* d imm16 */                                              \
    X(k64)         /* d imm64 */                                              \
    /* i32, in the order of Wasm's 0x6a.. */                                  \
    X(add)         /* d a b */                                                \
    X(sub)                                                                    \
    X(mul)                                                                    \
    X(divs)                                                                   \
    X(divu)                                                                   \
    X(rems)                                                                   \
    X(remu)                                                                   \
    X(and)                                                                    \
    X(or)                                                                     \
    X(xor)                                                                    \
    X(shl)                                                                    \
    X(shrs)                                                                   \
    X(shru)                                                                   \
    X(rotl)                                                                   \
    X(rotr)                                                                   \
    X(addi)        /* d a imm16 */                                            \
    X(muli)                                                                   \
    X(andi)                                                                   \
    X(ori)                                                                    \
    X(xori)                                                                   \
    X(shli)        /* d a imm8, 0 .. 31 */                                    \
    X(shrsi)                                                                  \
    X(shrui)                                                                  \
    X(addb)        /* d a imm8 */                                             \
    X(addk)        /* d a imm32 */                                            \
    X(ext8)        /* d a */                                                  \
    X(ext16)       /* d a */                                                  \
    /* comparisons: pairs of opposites, the same order four times */          \
    X(eq)          /* d a b */                                                \
    X(ne)                                                                     \
    X(lts)                                                                    \
    X(ges)                                                                    \
    X(ltu)                                                                    \
    X(geu)                                                                    \
    X(eqi)         /* d a imm16 */                                            \
    X(nei)                                                                    \
    X(ltsi)                                                                   \
    X(gesi)                                                                   \
    X(ltui)                                                                   \
    X(geui)                                                                   \
    X(breq)        /* off16 a b */                                            \
    X(brne)                                                                   \
    X(brlts)                                                                  \
    X(brges)                                                                  \
    X(brltu)                                                                  \
    X(brgeu)                                                                  \
    X(breqi)       /* off16 a imm16 */                                        \
    X(brnei)                                                                  \
    X(brltsi)                                                                 \
    X(brgesi)                                                                 \
    X(brltui)                                                                 \
    X(brgeui)                                                                 \
    X(brz)         /* off16 a */                                              \
    X(brnz)                                                                   \
    X(breq_b)                                                                 \
    X(brne_b)                                                                 \
    X(brlts_b)                                                                \
    X(brges_b)                                                                \
    X(brltu_b)                                                                \
    X(brgeu_b)                                                                \
    X(breqi_b)                                                                \
    X(brnei_b)                                                                \
    X(brltsi_b)                                                               \
    X(brgesi_b)                                                               \
    X(brltui_b)                                                               \
    X(brgeui_b)                                                               \
    X(brz_b)                                                                  \
    X(brnz_b)                                                                 \
    X(incbr_b)     /* off16 a b imm8 : a += imm; if (a != b) */               \
    /* i64 */                                                                 \
    X(addl)        /* d a b */                                                \
    X(subl)                                                                   \
    X(mull)                                                                   \
    X(andl)                                                                   \
    X(orl)                                                                    \
    X(xorl)                                                                   \
    X(shll)                                                                   \
    X(shrsl)                                                                  \
    X(shrul)                                                                  \
    X(addli)       /* d a imm16 */                                            \
    X(andli)                                                                  \
    X(shlli)       /* d a imm8, 0 .. 63 */                                    \
    X(shrsli)                                                                 \
    X(shruli)                                                                 \
    X(eql)         /* d a b, opposites as above */                            \
    X(nel)                                                                    \
    X(ltsl)                                                                   \
    X(gesl)                                                                   \
    X(ltul)                                                                   \
    X(geul)                                                                   \
    X(exts)        /* d a : i32 to i64 */                                     \
    X(extu)                                                                   \
    /* rest */                                                                \
    X(sel)         /* d a b c */                                              \
    X(sel2)                                                                   \
    X(gget)        /* d global8 */                                            \
    X(gset)        /* a global8 */                                            \
    X(gget2)                                                                  \
    X(gset2)                                                                  \
    X(ld32)        /* d a off16 : main memory, the one-compare check */       \
    X(ld8s)                                                                   \
    X(ld8u)                                                                   \
    X(ld16s)                                                                  \
    X(ld16u)                                                                  \
    X(ld64)                                                                   \
    X(ld32sl)                                                                 \
    X(ld32ul)                                                                 \
    X(st32)        /* value a off16 */                                        \
    X(st8)                                                                    \
    X(st16)                                                                   \
    X(st64)                                                                   \
    X(ld32a)       /* d at16 : within the minimum, unchecked */               \
    X(st32a)       /* value at16 */                                           \
    X(memx)        /* d/value a wasm-op memory off32 : any access */          \
                   /* d a atomic memory off32 : operands from a on, in line */\
    X(ld32h)       /* d memory at16 : of an imported memory */                \
    X(st32h)       /* value memory at16 */                                    \
    X(memh)        /* as memx but for atomics, of an imported memory */       \
    X(num)         /* d a b wasm-op : rare and float operators */             \
    X(misc)        /* a b c sub x16 y16 : tables, bulk, grow */

enum wio_op {
#define WIO_OP_ENUM(name) WIO_OP_##name,
    WIO_OPCODES(WIO_OP_ENUM)
#undef WIO_OP_ENUM
    WIO_OP_COUNT
};

/* Sub-operators of `misc`. */
enum wio_misc {
    WIO_MISC_MEMORY_INIT = 8,    /* the numbers behind Wasm's prefix 0xfc */
    WIO_MISC_DATA_DROP = 9,
    WIO_MISC_MEMORY_COPY = 10,
    WIO_MISC_MEMORY_FILL = 11,
    WIO_MISC_TABLE_INIT = 12,
    WIO_MISC_ELEM_DROP = 13,
    WIO_MISC_TABLE_COPY = 14,
    WIO_MISC_TABLE_GROW = 15,
    WIO_MISC_TABLE_SIZE = 16,
    WIO_MISC_TABLE_FILL = 17,
    WIO_MISC_TABLE_GET = 18,     /* ours from here on */
    WIO_MISC_TABLE_SET = 19,
    WIO_MISC_MEMORY_SIZE = 20,
    WIO_MISC_MEMORY_GROW = 21,
    WIO_MISC_REF_FUNC = 22,
    WIO_MISC_GLOBAL_GET = 23,    /* of globals above 255 */
    WIO_MISC_GLOBAL_SET = 24
};

/* Atomic accesses in the place of memx's wasm-op, which is below 0x80:
 * 0x80 | enum wio_atomic << 3 | WIO_ATOMIC_WIDE for i64 | log2 of the bytes.
 * The first ones in the order of Wasm's 0xfe 0x10.., seven of each. */
#define WIO_ATOMIC 0x80u
#define WIO_ATOMIC_WIDE 4u
enum wio_atomic {
    WIO_ATOMIC_LOAD,
    WIO_ATOMIC_STORE,
    WIO_ATOMIC_ADD,
    WIO_ATOMIC_SUB,
    WIO_ATOMIC_AND,
    WIO_ATOMIC_OR,
    WIO_ATOMIC_XOR,
    WIO_ATOMIC_XCHG,
    WIO_ATOMIC_CMPXCHG,
    WIO_ATOMIC_NOTIFY,
    WIO_ATOMIC_WAIT
};

#define WIO_NUM_SAT 0xd0u        /* saturating: 0xfc n becomes this + n */

#endif
