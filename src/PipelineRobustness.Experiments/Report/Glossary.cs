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

    /// <summary>Terms and their definitions.</summary>
    public static IReadOnlyList<(string Word, string Meaning)> Words { get; } =
    [
        ("stage, block", "The model's layers are cut into blocks; each stage of the pipeline holds one, and sends what it computes "
            + "to the next (activations, forward) or to the one before (gradients, backward)."),
        ("iteration", "One optimizer step over all micro-batches."),
        ("attack", "One stage lying in one direction in one attempt of an iteration, for all its micro-batches; counted from its first "
            + "lie sent. The first and the last stage hold the data and never attack."),
        ("false-accusation", "No stage attacks, but a checker reports that its stage sent something else than it computed: as often, "
            + "and about the same stages, as the same seed would have drawn attacks. It shows what a remedy costs when its verdicts "
            + "are false, which each of these is."),
        ("copy", "Another stage's duplicate of a block (the paper's duplicated block). Fed over a jumping connection from the stage "
            + "before the copied one, it recomputes what that stage claims."),
        ("verdict", "An accusation that counts: a stage sent something else than its block computes. It is false if that stage did "
            + "not attack there."),
        ("attempt", "One try at an iteration, with one draw of attackers."),
        .. RemedyCatalog.All.Select(remedy => (remedy.Name, remedy.Meaning)),
        ("perplexity", "exp of the mean loss per token on text that is not trained on: the number of tokens that the model is "
            + "undecided between, so to speak. Lower is better. Evaluation is never attacked or checked."),
        ("weights' SHA-256", "A fingerprint of all weights, names and shapes: equal fingerprints mean equal weights, bit for bit."),
    ];
}
