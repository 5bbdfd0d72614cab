// Carries the precompiled header of the project (see assay_dependencies.cmake); has no code.
