#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's entry for programs that keep their own main: runs until its limits, then exits or returns.
int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv,
                        int (*_Nonnull callback)(const uint8_t *_Nullable octets, size_t count));
