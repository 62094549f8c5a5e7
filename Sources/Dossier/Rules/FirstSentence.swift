/// The dossier's first sentence: who, in what, on which interface, why, where, and on what occasion.
enum FirstSentence {
    static func make(_ facts: FaultFacts, _ explanation: Explanation) -> String {
        var text = "\(subject(facts)) \(explanation.verb)\(callout(facts)): \(explanation.clause)"
        if let place = facts.place { text += " at \(place)" + (facts.function.map { " (\($0))" } ?? "") }
        else if let function = facts.function { text += " in \(function)" }
        if let called = facts.called { text += ", in \(called), which the driver had called" }
        if let occasion = facts.occasion { text += "; \(occasion)" }
        if let aftermath = facts.aftermath { text += "; \(aftermath)" }
        return text + "."
    }

    private static func subject(_ facts: FaultFacts) -> String {
        guard let driver = facts.driver else { return "The stack" }
        if facts.isIsolated { return facts.isInDriver == false ? "The process of \(driver), outside its code," : driver }
        return facts.isInDriver == false ? "The stack, called by \(driver)," : driver
    }

    private static func callout(_ facts: FaultFacts) -> String {
        switch (facts.callout, facts.interface) {
        case (let callout?, let interface?): " in its \(callout) callout on \(interface)"
        case (let callout?, nil): " in its \(callout) callout"
        case (nil, let interface?) where facts.driver != nil: " on \(interface)"
        default: ""
        }
    }
}
