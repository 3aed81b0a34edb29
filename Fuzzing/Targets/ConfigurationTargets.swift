@testable import MediaGateway
@testable import Orchestrator

let configurationTargets = [
    FuzzTarget("domain-pack", upTo: 8_192, readPack),
    FuzzTarget("configuration", upTo: 4_096, readConfiguration),
]

/// Every problem is one printable line.
private func check(_ problems: [ConfigurationProblem]) {
    for problem in problems {
        expect(problem.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, problem.description.debugDescription)
    }
}

/// Five files with `%%` lines between them. A pack without a problem can be put to work.
private func readPack(_ input: Span<UInt8>) {
    let files = Dictionary(zip(["domain", "workflows", "intents", "entities", "words"], input.texts)) { first, _ in first }
    let report = ConfigurationReport()
    let pack = DomainPackLoader(name: "fuzz", report: report) {
        ConfigurationDocument(yaml: files[$0] ?? "", name: "\($0).yaml", report: report)
    }.load()
    check(report.problems)
    guard report.problems.isEmpty else { return }
    for workflow in pack.workflows where !workflow.isFragment {
        expect(!WorkflowProgram(workflow, in: pack).instructions.isEmpty, "workflow \(workflow.name) compiles to nothing")
    }
}

/// A `gateway.yaml`, a `tiers.yaml`, and a `--set` a line.
private func readConfiguration(_ input: Span<UInt8>) {
    let texts = input.texts
    let overrides = texts.count > 2 ? texts[2].split(separator: "\n").map(String.init) : []
    do { _ = try GatewayConfiguration(yaml: texts[0], overrides: overrides) } catch { check(error.problems) }
    guard texts.count > 1 else { return }
    let report = ConfigurationReport()
    let reader = ConfigurationReader(ConfigurationDocument(yaml: texts[1], name: "tiers.yaml", report: report).root, report: report)
    let policy = TierPolicyReader.policy(reader)
    reader.finish()
    check(report.problems)
    expect(policy != nil || !report.problems.isEmpty, "no policy, and no problem")
}
