#include "model/mapping_rewrite.h"

namespace assay::model {

FieldMapping source_input(FieldMapping mapping, const column::DataType& type,
                          plan::Normalisation normalisation) {
  mapping.field = kSource;
  mapping.input_type = type;
  mapping.normalisation = std::move(normalisation);
  mapping.fallback.reset();
  mapping.keeps_variant = false;
  return mapping;
}

}  // namespace assay::model
