using System.Text.RegularExpressions;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>The words that scenarios are written in, and told of.</summary>
public static partial class ScenarioWords
{
    /// <summary>What goes wrong.</summary>
    public static IReadOnlyDictionary<string, FailureKind> Kinds { get; } = Named<FailureKind>();

    /// <summary>In what a corruption is.</summary>
    public static IReadOnlyDictionary<string, CorruptedPart> Parts { get; } = Named<CorruptedPart>();

    /// <summary>How much of it changes.</summary>
    public static IReadOnlyDictionary<string, CorruptionPattern> Patterns { get; } = Named<CorruptionPattern>();

    /// <summary>Where in an iteration.</summary>
    public static IReadOnlyDictionary<string, Phase> Phases { get; } = Named<Phase>();

    /// <summary>The word for one of them: SeveralBits is several-bits, and NotANumber not-a-number.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Hump().Replace($"{value}", "-$0").TrimStart('-').ToLowerInvariant();

    private static Dictionary<string, T> Named<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(Of);

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Hump();
}
