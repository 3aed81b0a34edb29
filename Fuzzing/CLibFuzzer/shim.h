#include <stddef.h>
#include <stdint.h>

// libFuzzer's own entry (compiler-rt, fuzzer/FuzzerInterface.h): what its `main` calls, so that ours may choose the target first.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*UserCb)(const uint8_t *Data, size_t Size));
