import AudioCodec
import Foundation
import SpeechEngines

extension Commands {
    private struct OpusRow: Encodable {
        var sampleRate: Int
        var oursMicroseconds: Double, libraryMicroseconds: Double, ratio: Double
    }

    /// `bench opus`: what our codec costs a frame, beside the C library called in a plain loop in the same run.
    public static func benchOpus(complexity: Int, json: Bool) async throws(CommandFailure) {
        do {
            let voice = try FliteSynthesizer()
            var rows: [OpusRow] = []
            for rate in SampleRate.allCases {
                var pcm: [Int16] = []
                for words in ["I want to check my data balance, please.", "And then I would like to change my plan."] {
                    pcm += try await voice.audio(of: words, voice: "slt", sampleRate: rate)
                    pcm += [Int16](repeating: 0, count: rate.hertz / 2)
                }
                let cost = try OpusCost.measured(pcm, sampleRate: rate, configuration: OpusEncoderConfiguration(complexity: complexity)) {
                    threadNanoseconds()
                }
                func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
                rows.append(
                    OpusRow(
                        sampleRate: rate.hertz, oursMicroseconds: rounded(cost.ours / 1_000), libraryMicroseconds: rounded(cost.library / 1_000),
                        ratio: rounded(cost.ratio)))
            }
            let terminal = Terminal.standard
            for row in rows {
                terminal.line(
                    json
                        ? JSONLine.text(row)
                        : String(
                            format: "%6d Hz   encode + decode %.1f µs a frame, the library alone %.1f µs, ratio %.3f", row.sampleRate,
                            row.oursMicroseconds, row.libraryMicroseconds, row.ratio))
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Processor time of this thread: what else the machine does is not counted.
    private static func threadNanoseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A bench caller's frames for `WS /audio`: a voice at 16 kHz, two seconds of it.
    static func audioPackets(_ encoding: String) throws(CommandFailure) -> (start: String, packets: [[UInt8]]) {
        guard let kind = AudioFormat.Encoding(rawValue: encoding) else {
            throw CommandFailure(
                "--encoding = \(encoding): give twilio, \(AudioFormat.Encoding.allCases.map(\.rawValue).joined(separator: ", "))", exitCode: 2)
        }
        let rate = kind == .muLaw ? SampleRate.hz8000 : .hz16000, step = rate.samplesPerFrame
        let voice = (0..<rate.hertz * 2).map { index in
            let time = Double(index) / Double(rate.hertz)
            return Int16(6_000 * sin(time * 1_700 + 3 * sin(time * 25)) * sin(time * 12))
        }
        var packets: [[UInt8]] = []
        do {
            var encoder = try OpusEncoder(sampleRate: rate), room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes)
            for start in stride(from: 0, to: voice.count, by: step) {
                let frame = Array(voice[start..<start + step])
                switch kind {
                case .muLaw: packets.append(frame.map(MuLaw.encode))
                case .pcm: packets.append(frame.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] })
                case .opus:
                    var span = room.mutableSpan
                    let count = try encoder.encode(frame.span, into: &span)
                    packets.append(Array(room.prefix(count)))
                }
            }
        } catch { throw CommandFailure("\(error)") }
        return ("{\"type\":\"start\",\"encoding\":\"\(encoding)\",\"sample_rate\":\(rate.hertz),\"channels\":1}", packets)
    }
}
