using System.Text.Json;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Members of enumerations as words of JSON, and back.</summary>
internal static class EnumWord
{
    /// <summary>The word of a member, as <c>gradient-norm</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}");

    /// <summary>The member of a word.</summary>
    /// <exception cref="FormatException">No member has it.</exception>
    public static T Read<T>(JsonNode? word)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => Of(value) == (string?)word).Select(value => (T?)value).FirstOrDefault()
        ?? throw new FormatException($"expected a word for {typeof(T).Name}, found {word}");
}
