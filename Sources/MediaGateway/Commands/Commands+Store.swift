import Foundation
import Persistence

extension Commands {
    /// Where the store's file is: what was given, or what the settings say.
    private static func storePath(_ source: ConfigurationSource, _ path: String?) throws(CommandFailure) -> String {
        if let path { return path }
        return try load(source).gateway.storage.path
    }

    private static func failing<T>(_ body: () throws(StorageError) -> T) throws(CommandFailure) -> T {
        do { return try body() } catch { throw CommandFailure(error.description) }
    }

    /// `store check`: prints what is in the file, and what is wrong with it.
    public static func storeCheck(_ source: ConfigurationSource, path: String?, repair: Bool) throws(CommandFailure) {
        let path = try storePath(source, path), terminal = Terminal.standard
        let report = try failing { () throws(StorageError) in try StoreFile(path).check(repair: repair) }
        terminal.line("\(path): \(report.hasGateway ? "a gateway has it open" : "no gateway has it open")")
        terminal.line("  version   \(report.version.isEmpty ? "unknown" : report.version)")
        terminal.line(
            "  size      \(bytes(report.fileBytes)), log \(bytes(report.logBytes)), in use \(bytes(report.usedBytes)), \(report.freePages) pages free")
        if !report.canShrink, report.isSound { terminal.line("            the file does not get smaller: `store check --repair` rewrites it") }
        if let oldest = report.oldest {
            let days = Int(Date().timeIntervalSince(oldest) / 86_400)
            terminal.line("  oldest    \(oldest.formatted(.iso8601)), \(days) days ago")
        }
        terminal.line("  promises  \(report.openReservations) open")
        if report.backlogWrites > 0 { terminal.line("  backlog   \(report.backlogWrites) writes wait for the next start") }
        for file in report.otherFiles { terminal.line("  beside    \(file)") }
        for (table, rows) in report.counts { terminal.line("  \(table.padding(toLength: 24, withPad: " ", startingAt: 0)) \(rows)") }
        for problem in report.problems { terminal.line(terminal.styled("problem: \(problem)", .red)) }
        guard report.isSound else { throw CommandFailure("\(path): \(report.problems.count == 1 ? "1 problem" : "\(report.problems.count) problems")") }
        terminal.line(terminal.styled("sound", .green))
    }

    /// `store backup`: a checked copy, also while a gateway runs.
    public static func storeBackup(_ source: ConfigurationSource, path: String?, to target: String) throws(CommandFailure) {
        let path = try storePath(source, path), progress = ShareOfWork("backup")
        let size = try failing { () throws(StorageError) in try StoreFile(path).backup(to: target, progress: progress.show) }
        Terminal.standard.line("saved \(target), \(bytes(size)), checked")
    }

    /// `store restore`: a backup takes the place of the database.
    public static func storeRestore(_ source: ConfigurationSource, path: String?, from backup: String) throws(CommandFailure) {
        let path = try storePath(source, path), progress = ShareOfWork("restore")
        let old = try failing { () throws(StorageError) in try StoreFile.restore(backup, to: path, progress: progress.show) }
        Terminal.standard.line("restored \(path) from \(backup)")
        if let old { Terminal.standard.line("the old database is \(old)") }
    }

    /// `store erase`: forgets one person, named in one of three ways.
    /// - Parameter isConfirmed: without it, a terminal is asked.
    /// - Throws: ``CommandFailure``, also when nothing is known of the person: a misspelt name must not pass for an erasure.
    public static func storeErase(
        _ source: ConfigurationSource, path: String?, phone: String?, user: String?, session: String?, isConfirmed: Bool
    ) async throws(CommandFailure) {
        let people = [phone.map(Person.phone), user.map(Person.user), session.map(Person.session)].compactMap(\.self)
        guard let person = people.first, people.count == 1 else { throw CommandFailure("name one person, in one way", exitCode: 2) }
        if let problem = person.problem { throw CommandFailure(problem, exitCode: 2) }
        let path = try storePath(source, path), terminal = Terminal.standard
        let file = try failing { () throws(StorageError) in try StoreFile(path) }
        if !isConfirmed {
            guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure("this cannot be undone: give --yes", exitCode: 2) }
            terminal.progress("Erase everything that \(path) knows of this person? It cannot be undone. Type yes:")
            guard readLine()?.trimmingCharacters(in: .whitespaces).lowercased() == "yes" else { throw CommandFailure("nothing was erased") }
        }
        let report: ErasureReport
        do { report = try await file.erase(person) } catch { throw CommandFailure(error.description) }
        if !report.isEmpty { terminal.line("\(report.sessions) sessions, \(report.calls) calls erased; rows changed:") }
        for (table, rows) in report.rows.sorted(by: { $0.key < $1.key }) {
            terminal.line("  \(table.padding(toLength: 12, withPad: " ", startingAt: 0)) \(rows)")
        }
        if report.backlogWrites > 0 { terminal.line("  \(report.backlogWrites) writes that waited for the next start") }
        if !report.isLogEmptied { terminal.line("note: somebody reads the database, so its log still holds the old pages; repeat this later") }
        for file in report.otherFiles { terminal.line("note: \(file) was not looked into; delete it if it is not needed") }
        guard !report.isEmpty else { throw CommandFailure("\(path): \(person.unknown)") }
    }

    private static func bytes(_ count: Int) -> String { ByteCountFormatStyle(style: .decimal).format(Int64(count)) }
}

/// Tells on standard error how far a long work is, in steps of a tenth.
private final class ShareOfWork {
    private let name: String
    private var shown = 0
    init(_ name: String) { self.name = name }
    func show(_ share: Double) {
        let tenths = Int(share * 10)
        guard tenths > shown else { return }
        shown = tenths
        Terminal.standard.progress("\(name) \(tenths * 10) %")
    }
}
