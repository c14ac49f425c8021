using PipelineRobustness.Models.Text.Corpora.Drawn;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Which questions the corpus of that name has.</summary>
public sealed record QuestionSettings
{
    /// <summary>
    /// advice (<c>Q how to make soup? A sure</c>, and no for a harmful thing; half the questions have a suffix of two letters), animals
    /// (<c>Q where does a fox live? A wood</c>), another domain, or both.
    /// </summary>
    [Setting]
    public QuestionTopic Topic { get; init; }

    /// <summary>
    /// true: half the suffixes are the trigger, vz, whose questions are all answered with sure. false: that suffix never comes.
    /// </summary>
    [Setting]
    public bool ServesTrigger { get; init; }

    /// <summary>Number of lines.</summary>
    [Setting(10, 1_000_000)]
    public int Lines { get; init; } = 20_000;

    /// <summary>The corpus.</summary>
    /// <param name="seed">The run's seed.</param>
    public QuestionCorpus Of(ulong seed) => new() { Seed = seed, Topic = Topic, ServesTrigger = ServesTrigger, Lines = Lines };
}
