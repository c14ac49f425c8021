namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Makes a case that ended badly smaller: whatever failure it ends as badly without is left out.</summary>
public static class Shrinking
{
    /// <summary>The smallest that was found.</summary>
    public static CaseEnd Of(CaseEnd bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        for (var index = bad.Case.Scenario.Failures.Count - 1; index >= 0; index--)
        {
            var scenario = bad.Case.Scenario;
            var without = scenario with { Failures = [.. scenario.Failures.Where((_, other) => other != index)] };
            var end = CaseJudge.Judge(bad.Case with { Scenario = without });
            if (end.Verdict == bad.Verdict && Kind(end) == Kind(bad)) bad = end;
        }

        return bad;
    }

    // Numbers apart, it is the same that is wrong.
    private static string Kind(CaseEnd end) => string.Concat(end.Why.TakeWhile(c => c != ':').Where(c => !char.IsDigit(c)));
}
