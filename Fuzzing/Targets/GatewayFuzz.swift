internal import CLibFuzzer
import Glibc

/// `FUZZ_TARGET=NAME gateway-fuzz [libFuzzer's options and folders]`, or `gateway-fuzz --list`; `scripts/fuzz` is the way to run it.
///
/// The target comes from the environment because libFuzzer starts itself again, with its own arguments, to merge corpora.
@main struct GatewayFuzz {
    /// The one that this process runs: a C callback cannot carry anything.
    nonisolated(unsafe) private static var target: FuzzTarget?

    static func main() {
        if CommandLine.arguments.dropFirst().first == "--list" {
            for target in fuzzTargets { print(target.name, target.maximumBytes) }
            return
        }
        let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
        guard let chosen = fuzzTargets.first(where: { $0.name == name }) else {
            print("gateway-fuzz: FUZZ_TARGET=\(name): give one of \(fuzzTargets.map(\.name).joined(separator: ", "))")
            exit(2)
        }
        unsafe target = chosen
        var count = CommandLine.argc
        var arguments = unsafe Optional(CommandLine.unsafeArgv)
        let status = unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            let input = unsafe UnsafeBufferPointer(start: bytes, count: count)
            unsafe GatewayFuzz.target?.run(input.span)
            return 0
        }
        exit(status)
    }
}
