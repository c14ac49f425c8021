using System.Text.RegularExpressions;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>The words for members of enumerations, as users write and read them: SeveralBits is several-bits.</summary>
public static partial class Words
{
    /// <summary>The word for a member.</summary>
    public static string Of(Enum member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return Hump().Replace($"{member}", "-$0").TrimStart('-').ToLowerInvariant();
    }

    /// <summary>All words of an enumeration, in its order.</summary>
    public static IReadOnlyList<string> All(Type enumeration) => [.. Enum.GetValues(enumeration).Cast<Enum>().Select(Of)];

    /// <summary>The member with a word; null where there is none.</summary>
    public static object? Find(Type enumeration, string word) => Enum.GetValues(enumeration).Cast<Enum>().FirstOrDefault(member => Of(member) == word);

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Hump();
}
