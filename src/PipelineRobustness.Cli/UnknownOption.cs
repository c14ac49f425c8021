using System.CommandLine;
using System.CommandLine.Parsing;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Cli;

/// <summary>
/// Finds misspelled options. Where a command takes an argument, the parser takes them for it, and complains only about what comes
/// after it.
/// </summary>
internal static class UnknownOption
{
    private const string Dashes = "--";

    /// <summary>The error for the first one; null if there is none.</summary>
    public static string? Of(ParseResult parsed)
    {
        if (parsed.CommandResult.Parent is null || parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)) return null;
        var taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens.Select(token => token.Value));
        if (taken.Concat(parsed.UnmatchedTokens).FirstOrDefault(word => word.StartsWith(Dashes, StringComparison.Ordinal)) is not { } word) return null;
        var found = word.Split('=')[0];
        var known = parsed.CommandResult.Command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive));
        return $"{OneLine.Of(found)}: no such option; did you mean {NearestName.Of(found, known.Select(option => option.Name))}?";
    }
}
