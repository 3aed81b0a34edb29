/// One parser under fire: any bytes go in, and its promises are checked on what comes out.
///
/// A crash, a leak, a hang or a broken promise (``expect(_:_:)``) ends the run, and libFuzzer keeps the input.
struct FuzzTarget: Sendable {
    /// As on the command line, and of its folder under `Fuzzing/corpus`.
    var name: String
    /// The longest input worth trying; short ones are tried more often.
    var maximumBytes: Int
    /// Called for each input; the bytes die with the call.
    var run: @Sendable (Span<UInt8>) -> Void

    init(_ name: String, upTo maximumBytes: Int, _ run: @escaping @Sendable (Span<UInt8>) -> Void) {
        (self.name, self.maximumBytes, self.run) = (name, maximumBytes, run)
    }
}

/// Every target. To add one: write it beside those of its module, name it here, and put a few inputs into `Fuzzing/corpus/NAME`.
let fuzzTargets: [FuzzTarget] =
    carrierTargets + transportTargets + audioTargets + textTargets + modelTargets + spokenTextTargets + configurationTargets

/// A promise of the code under test.
/// - Parameter promise: what was broken, with the values that show it.
func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
    if !holds { fatalError("broken promise: \(promise())") }
}

extension Span<UInt8> {
    var array: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return bytes
    }

    /// Any text: broken UTF-8 reads as U+FFFD.
    var text: String { String(decoding: array, as: UTF8.self) }

    /// Several texts in one input, as files with a line `%%` between them.
    var texts: [String] {
        text.split(separator: "\n%%\n", omittingEmptySubsequences: false).map(String.init)
    }
}
