import AudioCodec
import Foundation

/// Audio as a phone call would bring it.
enum PhoneAudio {
    /// Reads a WAV file: mono, 8 kHz, through µ-law.
    /// - Throws: ``CommandFailure`` that names the file and what is wrong with it.
    static func read(_ path: String) throws(CommandFailure) -> [Int16] {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(filePath: path)) } catch { throw CommandFailure("\(path): cannot be read") }
        let file: WAVFile
        do { file = try WAVFile(bytes: Array(bytes)) } catch { throw CommandFailure("\(path): \(error)") }
        return file.samples(at: .hz8000).map { MuLaw.decode(MuLaw.encode($0)) }
    }
}

extension WAVFile {
    /// - Throws: ``CommandFailure`` that names the file.
    func write(to path: String) throws(CommandFailure) {
        do {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(encoded()).write(to: url)
        } catch {
            throw CommandFailure("\(path): cannot be written")
        }
    }
}
