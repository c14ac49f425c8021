using PipelineRobustness.Pipeline.Remedies;

namespace PipelineRobustness.Experiments.Report;

/// <summary>Definitions of the report's terms.</summary>
internal static class Glossary
{
    /// <summary>Which terms are from the paper, and which are ours.</summary>
    public const string Source =
        "After Lu et al., “Exploring the Robustness of Decentralized Training for Large Language Models” (arXiv 2312.00843). "
        + "The paper checks the forward pass only. Checking the backward pass, in which the copy's gradient is compared with the "
        + "one that was sent, is our extension.";

    private static readonly (string Word, string Meaning)[] OfReferee =
    [
        ("liar", "A stage that states, reports, keeps, gives or shows something false; any stage can be one. An attack is then its lies in one "
            + "act of one attempt: forward, backward, a pass's sum, the step, or a transfer of a block's state."),
        ("ruling", "What the referee has come to: a stage is convicted, or a link between two stages that contradict each other is relayed "
            + "by the referee from then on."),
        ("seat", "How often a stage was convicted. Who lies is drawn for a seat: another holder has the next one, and where a machine may be "
            + "convicted more than once (defence.quarantine-after), the same machine in another attempt."),
        ("detected, averted, missed", "An attack is detected if a ruling of its attempt convicts its stage, averted if the attempt was thrown "
            + "away for another ruling, and else missed."),
    ];

    /// <summary>Terms and their definitions.</summary>
    /// <param name="remedies">Remedies to define; those of the catalog are defined in any case.</param>
    public static IReadOnlyList<(string Word, string Meaning)> Words(IEnumerable<IRemedy> remedies) =>
    [
        ("stage, block", "The model's layers are cut into blocks; each stage of the pipeline holds one, and sends what it computes "
            + "to the next (activations, forward) or to the one before (gradients, backward)."),
        ("iteration", "One optimizer step over all micro-batches."),
        ("attack", "One stage's lies (tensors sent in place of those computed) in one direction in one attempt, counted from the first lie "
            + "sent. Unless copies are in a ring, the first and the last stage, which hold the data, never attack."),
        ("false-accusation", "No stage attacks, but a checking stage claims to have computed something other than it was sent: as often, "
            + "and about the same stages, as the same seed would have drawn attacks. It shows what a remedy costs when all its verdicts "
            + "are false."),
        ("copy", "A block's duplicate on another stage (the paper's duplicated block), trained with the same gradients. A jumping connection "
            + "from the stage before the copied one carries its input, so that it recomputes what that stage sends."),
        ("verdict", "A report that a stage sent something other than its block computes. It is false if that stage did not attack there."),
        ("attempt", "An iteration run with one draw of attackers; a thrown-away attempt is repeated with a new draw."),
        .. remedies.Any(remedy => remedy.IsRefereed) ? OfReferee : [],
        .. RemedyCatalog.All.Concat(remedies).DistinctBy(remedy => remedy.Name).Select(remedy => (remedy.Name, remedy.Meaning)),
        ("perplexity", "exp of the mean loss per target on text that is not trained on. Lower is better. Evaluation is never attacked or "
            + "checked."),
        ("weights' SHA-256", "The hash of all parameters with names and shapes: equal hashes are equal weights, bit for bit."),
    ];
}
