/* SPDX-License-Identifier: Apache-2.0 */
/* Operations and a consumed point: `twice` follows `input`. */
#include <wasmio/core.h>
#ifdef KEEPS
#include <wasmio/mmio.h>
#endif
#include <wasmio/point.h>

static int32_t input;
static int32_t twice;
static volatile uint32_t n_rounds;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    input = WASMIO_OPEN("input");
    twice = WASMIO_OPEN("twice");
    return input < 0 ? input : twice < 0 ? twice : WIO_OK;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    if (wasmio_point_quality(input) == WIO_ABI_QUALITY_GOOD) {
        const int32_t value = (int32_t)wasmio_point_get_i32(input);

        (void)wasmio_point_set_i32(twice, 2 * value);
    }
}

WASMIO_EXPORT("add")
int32_t
add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

WASMIO_EXPORT("spin")
void
spin(void)
{
    for (;;) {
        n_rounds++;
    }
}

WASMIO_EXPORT("divide")
int32_t
divide(int32_t a, int32_t b)
{
    return a / b;
}

/* The sum of 1 to n, by calls that are no loops. */
WASMIO_EXPORT("descend")
uint32_t
descend(uint32_t n)
{
    uint32_t sum;

    if (n == 0) {
        return 0;
    }
    sum = descend(n - 1);
    n_rounds++;
    return sum + n;
}

#ifdef KEEPS
WASMIO_EXPORT("keep")
int32_t
keep(void)
{
    struct wio_abi_mmio_op ops[1] = { { .kind = WIO_ABI_OP_READ, .width = 4 } };

    return wasmio_mmio_batch(0, ops, 1);
}
#endif
