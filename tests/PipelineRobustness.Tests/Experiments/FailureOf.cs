using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Failures of a kind that a test names by its word.</summary>
internal static class FailureOf
{
    /// <summary>A failure with those of these options that its kind has.</summary>
    public static Failure Kind(string word, double seconds = 0, int count = 1, bool wakesUp = false) => FailureKinds.Find(word)!.Create(
        new Dictionary<string, object> { ["for"] = TimeSpan.FromSeconds(seconds), ["count"] = count, ["wakes-up"] = wakesUp });
}
