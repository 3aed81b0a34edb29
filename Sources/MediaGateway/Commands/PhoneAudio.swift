import AudioCodec
import Foundation

/// Audio as a phone call would bring it.
enum PhoneAudio {
    /// Reads a WAV or an Ogg Opus file: mono, 8 kHz, through µ-law.
    /// - Throws: ``CommandFailure`` that names the file and what is wrong with it.
    static func read(_ path: String) throws(CommandFailure) -> [Int16] {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(filePath: path)) } catch { throw CommandFailure("\(path): cannot be read") }
        do {
            let samples =
                OggOpusFile.isOgg(Array(bytes.prefix(4)))
                ? try OggOpusFile(bytes: Array(bytes)).samples(at: .hz8000) : try WAVFile(bytes: Array(bytes)).samples(at: .hz8000)
            return samples.map { MuLaw.decode(MuLaw.encode($0)) }
        } catch { throw CommandFailure("\(path): \(error)") }
    }
}

extension PhoneAudio {
    /// Writes a mono recording: Ogg Opus where the file's name ends so, else WAV.
    /// - Throws: ``CommandFailure`` that names the file.
    static func save(_ samples: [Int16], sampleRate: SampleRate, to path: String) throws(CommandFailure) {
        guard path.hasSuffix(".opus") || path.hasSuffix(".ogg") else {
            return try WAVFile(sampleRate: sampleRate.hertz, channels: [samples]).write(to: path)
        }
        let file: OggOpusFile
        do {
            file = try OggOpusFile(
                encoding: samples, sampleRate: sampleRate, configuration: OpusEncoderConfiguration(bitrate: 32_000, complexity: 10))
        } catch { throw CommandFailure("\(path): \(error)") }
        try write(file.encoded(), to: path)
    }

    fileprivate static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        do {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        } catch {
            throw CommandFailure("\(path): cannot be written")
        }
    }
}

extension WAVFile {
    /// - Throws: ``CommandFailure`` that names the file.
    func write(to path: String) throws(CommandFailure) { try PhoneAudio.write(encoded(), to: path) }
}
