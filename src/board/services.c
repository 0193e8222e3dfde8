/* SPDX-License-Identifier: Apache-2.0 */
/* board/services.c - what a container provides to others, beside points */
#include <wio/abi.h>

#include "board/config_internal.h"

#define DEFAULT_TRANSFER 32u
#define MAX_TRANSFER 4096u
#define MAX_BUDGET_US 1000000u
#define MAX_BYTE_NS 1000000u

#define AT(member) (uint8_t)offsetof(struct wio_service_decl, member)

static const struct rule service_rules[] = {
    { "class", RULE_CHOICE, AT(class), RULE_ALL, RULE_ALL, WIO_NEED_SPI_DEVICE,
      { .choices = "spi" } },
    { "of", RULE_TEXT, AT(of), RULE_ALL, RULE_ALL, 1,
      { WIO_CONFIG_MAX_LABEL } },
    { "entry", RULE_TEXT, AT(entry), RULE_ALL, RULE_ALL, 1, { 63 } },
    { "buffer", RULE_TEXT, AT(buffer), RULE_ALL, 0, 1, { 63 } },
    { "max-transfer", RULE_U32, AT(max_transfer), RULE_ALL, 0, 2,
      { MAX_TRANSFER } },
    { "budget-us", RULE_U32, AT(budget_us), RULE_ALL, RULE_ALL, 1,
      { MAX_BUDGET_US } },
    { "byte-ns", RULE_U32, AT(byte_ns), RULE_ALL, 0, 0, { MAX_BYTE_NS } }
};

#undef AT

bool
wio_config_is_service_(const struct wio_fdt *fdt, uint32_t node)
{
    struct wio_span class;

    return wio_fdt_get(fdt, node, "class", &class);
}

/* Whoever serves a bus has its registers, and nobody serves it twice. */
static int
check_of(const struct config_reader *reader, const struct rule_place *place,
         const struct wio_service_decl *service)
{
    const struct wio_container_config *config = reader->config;
    const struct wio_need *need = wio_config_need_(config, service->of);

    if (!need || need->class != WIO_NEED_MMIO) {
        return wio_rules_fail_(place, "of", "must be the label of a need of "
                               "class mmio: the controller's registers");
    }
    if (config->n_services == 0) {
        return 0;
    }
    if (wio_span_equal(config->services[0].of, service->of)) {
        return wio_rules_fail_(place, "of", "is that of another entry: one "
                               "controller is one bus");
    }
    if (wio_span_equal(config->services[0].buffer, service->buffer)) {
        return wio_rules_fail_(place, "buffer", "is that of another entry: "
                               "both may be called at once");
    }
    return 0;
}

static int
read_service(const struct config_reader *reader,
             const struct rule_place *place, uint32_t which, void *entry)
{
    struct wio_service_decl *service = entry;
    int err;

    (void)which;
    /* Where those before this one are. */
    reader->config->services = service - reader->config->n_services;
    service->label = wio_fdt_name(place->fdt, place->node);
    service->max_transfer = DEFAULT_TRANSFER;
    service->buffer = (struct wio_span){
        (const uint8_t *)WIO_EXPORT_SERVE_BUFFER,
        sizeof(WIO_EXPORT_SERVE_BUFFER) - 1
    };
    err = wio_rules_read_(place, service_rules,
                          sizeof(service_rules) / sizeof(service_rules[0]),
                          RULE_ALL, service);
    return err ? err : check_of(reader, place, service);
}

/* Labels of /provides are unique, whatever has them: check_label() looks at all
 * children. */
int
wio_config_services_(const struct config_reader *reader, uint32_t provides)
{
    static const struct config_group group = {
        .parents = { "/provides/", NULL },
        .max = WIO_CONFIG_MAX_SERVICES,
        .size = sizeof(struct wio_service_decl),
        .takes = wio_config_is_service_,
        .read = read_service
    };
    const uint32_t nodes[2] = { provides, WIO_FDT_NONE };
    void *services = NULL;
    int err = wio_config_group_(reader, &group, nodes, &services,
                                &reader->config->n_services);

    reader->config->services = services;
    return err;
}
