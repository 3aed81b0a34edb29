import ArgumentParser
import MediaGateway

/// The file that the subcommands of `store` work on.
struct StoreOptions: ParsableArguments {
    @OptionGroup var shared: SharedOptions
    @Option(help: ArgumentHelp("The SQLite file, instead of the settings' storage.path.", valueName: "file"))
    var path: String?
}

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Look after the database: check, back up, restore, erase a person.",
        subcommands: [Check.self, Backup.self, Restore.self, Erase.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Look into the database: integrity, version, ledger, sizes, age.",
            discussion: """
                Works beside a running gateway, read-only, and leaves no file beside the database. Exit code 0 for a sound file, 1 \
                otherwise; each problem is a line.
                """)
        @OptionGroup var options: StoreOptions
        @Flag(help: "Rewrite the file first, so that it can get smaller and holds nothing that was deleted; stop the gateway before.")
        var repair = false
        func run() throws { try Commands.storeCheck(options.shared.source, path: options.path, repair: repair) }
    }

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "backup",
            abstract: "Copy the database while the gateway runs, and check the copy.",
            discussion: """
                The copy is the database as it was at one moment, a single file that only its owner can read. It takes its name when \
                it is whole and sound; a file of that name is replaced. Progress goes to standard error.
                """)
        @OptionGroup var options: StoreOptions
        @Argument(help: "Where the copy goes.") var file: String
        func run() throws { try Commands.storeBackup(options.shared.source, path: options.path, to: file) }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore",
            abstract: "Put a backup in the place of the database; the gateway must be stopped.",
            discussion: "The backup is checked first. The old database stays beside the new one as PATH.before-restore-TIME.")
        @OptionGroup var options: StoreOptions
        @Argument(help: "A file that `store backup` made.") var file: String
        func run() throws { try Commands.storeRestore(options.shared.source, path: options.path, from: file) }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase",
            abstract: "Erase what is known of one person: words, values, numbers, names.",
            discussion: """
                Times, costs, tiers and states stay. Works beside a running gateway, but not while a call of the person is live, or a \
                chat is open that was active in the last day: end it by DELETE /v1/sessions/ID. Numbers match by their last digits, \
                at least 7, so that +1 555 0101 finds 555-0101, and finds everybody who gave just that; a number of 7 digits finds it \
                in every area. Looked at are the numbers of calls and the values that people gave, not their sentences. Backups and \
                files that were moved aside are named and not touched. Prints what was erased, in rows. Exit code 1 when nobody was \
                found.
                """)
        @OptionGroup var options: StoreOptions
        @Option(help: ArgumentHelp("A telephone number in any spelling, best with its country.", valueName: "number")) var phone: String?
        @Option(help: ArgumentHelp("The client's own name for the person.", valueName: "id")) var user: String?
        @Option(help: ArgumentHelp("A session's id, a call's id, or the carrier's.", valueName: "id")) var session: String?
        @Flag(help: "Do not ask.") var yes = false
        func validate() throws {
            guard [phone, user, session].count(where: { $0 != nil }) == 1 else {
                throw ValidationError("give exactly one of --phone, --user, --session")
            }
        }
        func run() async throws {
            try await Commands.storeErase(
                options.shared.source, path: options.path, phone: phone, user: user, session: session, isConfirmed: yes)
        }
    }
}
