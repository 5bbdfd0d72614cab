#include "examples/commerce/forms.h"

#include "examples/commerce/writers.h"

namespace assay::commerce {

namespace {

using enum Form::Phase;

constexpr Form kForms[] = {
    {.tenant = "aurora",
     .application = "shop",
     .version = "v1",
     .weight = 24,
     .phase = first_half,
     .write = aurora_shop_1},
    {.tenant = "aurora",
     .application = "shop",
     .version = "v2",
     .weight = 24,
     .phase = second_half,
     .write = aurora_shop_2},
    {.tenant = "bolt", .application = "shop", .version = "v1", .weight = 12, .write = bolt_shop_1},
    {.tenant = "bolt",
     .application = "erp",
     .version = "v1",
     .weight = 8,
     .array = true,
     .ascii = true,
     .write = bolt_erp_1},
    {.tenant = "cobalt",
     .application = "erp",
     .version = "v1",
     .weight = 18,
     .phase = first_half,
     .ascii = true,
     .write = cobalt_erp_1},
    {.tenant = "cobalt",
     .application = "erp",
     .version = "v2",
     .weight = 18,
     .phase = second_half,
     .ascii = true,
     .write = cobalt_erp_2},
    {.tenant = "delta", .application = "crm", .version = "v1", .weight = 5, .write = delta_crm_1},
    {.tenant = "delta",
     .application = "shop",
     .version = "v1",
     .weight = 10,
     .write = delta_shop_1},
    {.tenant = "ember",
     .application = "crm",
     .version = "v1",
     .weight = 12,
     .phase = first_half,
     .write = ember_crm_1},
    {.tenant = "ember",
     .application = "crm",
     .version = "v2",
     .weight = 12,
     .phase = second_half,
     .write = ember_crm_2},
    {.tenant = "fjord",
     .application = "erp",
     .version = "v1",
     .weight = 7,
     .array = true,
     .write = fjord_erp_1},
    {.tenant = "fjord",
     .application = "crm",
     .version = "v1",
     .weight = 4,
     .ascii = true,
     .write = fjord_crm_1},
};

}  // namespace

std::span<const Form> forms() { return kForms; }

}  // namespace assay::commerce
