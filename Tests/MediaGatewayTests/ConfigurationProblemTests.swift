import MediaGateway
import Testing

@Suite("gateway.yaml: whatever is wrong is one line with file, line, key, value and what is allowed")
struct ConfigurationProblemTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String, yaml: String, problems: [String], overrides: [String] = []
        var testDescription: String { name }
    }

    static func problems(_ yaml: String, overrides: [String] = []) -> [String] {
        do {
            _ = try GatewayConfiguration(yaml: yaml, name: "config/gateway.yaml", overrides: overrides)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test(
        "one at a time",
        arguments: [
            Case(name: "an empty file is all defaults", yaml: "", problems: []),
            Case(
                name: "a line break in a key stays on its line", yaml: "endpointing:\n  \"silence\\nms\": 40\n",
                problems: ["config/gateway.yaml:2: endpointing.silence\u{FFFD}ms: unknown key; did you mean endpointing.silence_ms?"]),
            Case(name: "an empty section too", yaml: "server:\nagent:\n", problems: []),
            Case(
                name: "out of range", yaml: "endpointing:\n  silence_ms: 40\n",
                problems: [#"config/gateway.yaml:2: endpointing.silence_ms = "40": give whole ms in 100...3000 (default 500)"#]),
            Case(
                name: "a fraction where whole numbers are asked", yaml: "endpointing: {silence_ms: 500.5}",
                problems: [#"config/gateway.yaml:1: endpointing.silence_ms = "500.5": give whole ms in 100...3000 (default 500)"#]),
            Case(
                name: "a number in quotes", yaml: "endpointing: {silence_ms: '600'}",
                problems: [
                    #"config/gateway.yaml:1: endpointing.silence_ms = "600": give whole ms in 100...3000 (default 500); "#
                        + "it stands in quotes, which makes it text"
                ]),
            Case(
                name: "a leading zero, once octal", yaml: "server: {port: 010}",
                problems: [#"config/gateway.yaml:1: server.port = "010": give whole number in 0...65535 (default 8080)"#]),
            Case(
                name: "yes is no boolean", yaml: "security:\n  allow_open: yes\n",
                problems: [#"config/gateway.yaml:2: security.allow_open = "yes": give true or false (default false)"#]),
            Case(
                name: "a list where a value belongs", yaml: "server:\n  host: [127.0.0.1]\n",
                problems: ["config/gateway.yaml:2: server.host is a list: give text of 1...253 characters (default 127.0.0.1)"]),
            Case(
                name: "a value where a section belongs", yaml: "server: 8080\n",
                problems: ["config/gateway.yaml:1: server: is no section: give `key: value` lines under it"]),
            Case(
                name: "one bad item of a list", yaml: "silence:\n  ladder_s: [8, never, 10]\n",
                problems: [
                    #"config/gateway.yaml:2: silence.ladder_s.1 = "never": give a list of 1...10 times s in 0.5...120 (default [8, 8, 10])"#
                ]),
            Case(
                name: "not one of the names", yaml: "logging:\n  level: loud\n",
                problems: [
                    #"config/gateway.yaml:2: logging.level = "loud": give one of trace, debug, info, notice, warning, error, critical (default info)"#
                ]),
            Case(
                name: "an address that is none", yaml: "server:\n  public_url: voice.example.com\n",
                problems: [
                    #"config/gateway.yaml:2: server.public_url = "voice.example.com": give http(s)://HOST[:PORT][/PREFIX] (default http://HOST:PORT)"#
                ]),
            Case(
                name: "a host that needs a look-up", yaml: "server: {host: gw.example}",
                problems: [#"config/gateway.yaml:1: server.host = "gw.example": give an IPv4 or IPv6 address, or localhost"#]),
            Case(
                name: "a misspelt key", yaml: "server:\n  hots: 127.0.0.1\n",
                problems: ["config/gateway.yaml:2: server.hots: unknown key; did you mean server.host?"]),
            Case(
                name: "a misspelt section", yaml: "sever:\n  port: 1\n",
                problems: ["config/gateway.yaml:1: sever: unknown key; did you mean server?"]),
            Case(
                name: "a key of another section", yaml: "agent:\n  silence_ms: 500\n",
                problems: ["config/gateway.yaml:2: agent.silence_ms: unknown key; did you mean endpointing.silence_ms?"]),
            Case(
                name: "a key that is like no other", yaml: "security:\n  colour: red\n",
                problems: ["config/gateway.yaml:2: security.colour: unknown key; known here: allow_open"]),
            Case(
                name: "a key written twice, and what follows it", yaml: "server:\n  port: 1\n  host: 127.0.0.1\n  port: 2\nsecurity:\n  allow_open: 1\n",
                problems: [
                    "config/gateway.yaml:4: port: is written twice, first in line 2: keep one",
                    #"config/gateway.yaml:6: security.allow_open = "1": give true or false (default false)"#,
                ]),
            Case(
                name: "a section written twice", yaml: "server:\n  port: 1\nagent:\nserver:\n  port: 2\n",
                problems: ["config/gateway.yaml:4: server: is written twice, first in line 1: keep one"]),
            Case(
                name: "no YAML", yaml: "server:\n  host: \"127\n",
                problems: ["config/gateway.yaml:3: invalid YAML in column 1: found unexpected end of stream"]),
            Case(
                name: "a list of things", yaml: "- a\n- b\n",
                problems: ["config/gateway.yaml: holds no keys: give `section:` lines with `key: value` lines under them"]),
            Case(
                name: "values that do not fit each other", yaml: "playback:\n  lead_ms: 250\n",
                problems: [#"config/gateway.yaml:2: playback.lead_ms = "250": is more than ahead_ms, 200: give at most that"#]),
            Case(
                name: "a secret", yaml: "twilio:\n  auth_token: 0123456789abcdef0123456789abcdef\n",
                problems: [
                    "config/gateway.yaml:2: twilio.auth_token: secrets come only from the environment: set TWILIO_AUTH_TOKEN there and take this line out"
                ]),
            Case(
                name: "a value with control characters", yaml: "agent: {domain: \"a\\x1b[2Jb\"}",
                problems: ["config/gateway.yaml:1: agent.domain = \"a\u{FFFD}[2Jb\": give text of 1...64 characters (default telecom)"]),
        ])
    func reports(_ example: Case) { #expect(Self.problems(example.yaml) == example.problems) }

    @Test(
        "--set",
        arguments: [
            Case(name: "replaces a value", yaml: "server: {port: 99999}", problems: [], overrides: ["server.port=0"]),
            Case(name: "may fill an empty section", yaml: "server:\n", problems: [], overrides: ["server.limits.idle_s=1.5"]),
            Case(name: "the last one counts", yaml: "", problems: [], overrides: ["server.port=x", "server.port=1"]),
            Case(
                name: "is checked like the file", yaml: "",
                problems: [#"--set: server.port = "http": give whole number in 0...65535 (default 8080)"#], overrides: ["server.port=http"]),
            Case(
                name: "knows the same keys", yaml: "", problems: ["--set: server.prot: unknown key; did you mean server.port?"],
                overrides: ["server.prot=1"]),
            Case(
                name: "needs a value", yaml: "", problems: [#"--set: "server.port": give key.path=value, e.g. server.port=0"#],
                overrides: ["server.port"]),
            Case(
                name: "needs a whole path", yaml: "", problems: [#"--set: "server..port=1": give key.path=value, e.g. server.port=0"#],
                overrides: ["server..port=1"]),
            Case(
                name: "takes single values", yaml: "", problems: ["--set: silence.ladder_s: give one value; lists and sections belong into the file"],
                overrides: ["silence.ladder_s=[1, 2]"]),
            Case(
                name: "reaches into lists by number", yaml: "silence: {ladder_s: [8, 8]}", problems: [], overrides: ["silence.ladder_s.1=9"]),
            Case(
                name: "but not beyond them", yaml: "silence: {ladder_s: [8, 8]}",
                problems: ["--set: silence.ladder_s.2: a key before the last is a list: name an item by its number in 0...1"],
                overrides: ["silence.ladder_s.2=9"]),
            Case(
                name: "does not repeat a secret", yaml: "",
                problems: [
                    "--set: twilio.auth_token: secrets come only from the environment: set TWILIO_AUTH_TOKEN there and take this line out"
                ], overrides: ["twilio.auth_token=hunter2"]),
        ])
    func overrides(_ example: Case) { #expect(Self.problems(example.yaml, overrides: example.overrides) == example.problems) }

    @Test("all at once, from the top of the file down")
    func allAtOnce() {
        let yaml = """
            server:
              port: -1
              hots: here
            endpointing:
              silence_ms: 40
            metrics:
              interval_s: often
            """
        let lines = Self.problems(yaml).map { $0.split(separator: ":").prefix(2).joined(separator: ":") }
        #expect(lines == [2, 3, 5, 7].map { "config/gateway.yaml:\($0)" })
    }

    @Test(
        "aliases cannot blow the file up, as values or as keys, which are compared while the file is read",
        arguments: ["last: *a12", "? *a12\n: x", "{*a12: x}", "[*a11,*a12]", "\"x\":*a12"])
    func billionLaughs(last: String) {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...12 { yaml += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", ") + "]\n" }
        #expect(Self.problems(yaml + last + "\n") == ["config/gateway.yaml: holds more than 16 aliases (*name): write the values out"])
    }

    @Test("a few aliases are fine, and what they come to is bounded")
    func aliases() throws {
        #expect(try GatewayConfiguration(yaml: "endpointing: &e {silence_ms: 700}\n").endpointing.silence == .milliseconds(700))
        #expect(Self.problems("server: {limits: {slow_reader_s: &s 0.25, idle_s: *s}}") == [])
        let long =
            "a: &a [" + Array(repeating: "x", count: 10_000).joined(separator: ", ") + "]\nb: [" + Array(repeating: "*a", count: 8).joined(separator: ", ")
            + "]"
        #expect(Self.problems(long).contains { $0.contains("the file holds more than 50000 values") })
    }

    @Test("deep nesting is a problem, not a crash")
    func deepNesting() {
        let problems = Self.problems("a: " + String(repeating: "[", count: 500) + String(repeating: "]", count: 500))
        #expect(!problems.isEmpty)
    }

    @Test("what is written is what is in force")
    func reads() throws {
        let configuration = try GatewayConfiguration(
            yaml: """
                server:
                  host: "::1"
                  public_url: https://Voice.Example.com:8443/gw/
                  limits: {slow_reader_s: 0.25}
                endpointing: {silence_ms: 700}
                silence: {ladder_s: [1.5, 2]}
                logging: {format: json}
                """, overrides: ["agent.enabled=false"])
        #expect(configuration.server.isLoopback)
        #expect(configuration.server.publicURL?.stream("/twilio/media") == "wss://voice.example.com:8443/gw/twilio/media")
        #expect(configuration.server.limits.slowReader == .milliseconds(250))
        #expect(configuration.endpointing.silence == .milliseconds(700))
        #expect(configuration.endpointing.plausiblePause == .milliseconds(200))
        #expect(try GatewayConfiguration(yaml: "endpointing: {silence_ms: 150}").endpointing.plausiblePause == .milliseconds(150))
        #expect(configuration.silence.ladder == [.milliseconds(1500), .seconds(2)])
        #expect(configuration.logging.format == .json)
        #expect(!configuration.agent.enabled)
        #expect(configuration.admission == GatewayConfiguration.defaults.admission)
    }
}
