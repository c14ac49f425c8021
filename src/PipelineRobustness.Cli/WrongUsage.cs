using System.CommandLine;
using System.CommandLine.Parsing;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Cli;

/// <summary>Names the first mistake in a command line, in the form of all messages.</summary>
internal static class WrongUsage
{
    private const string Dashes = "--";
    private const int LengthMost = 300;

    /// <summary>The error; null if there is none.</summary>
    public static string? Of(ParseResult parsed) => UnknownCommand(parsed) ?? UnknownOption(parsed) ?? Missing(parsed)
        ?? (parsed.Errors.Count > 0 ? OneLine.Of(parsed.Errors[^1].Message, LengthMost) : null);

    private static string? UnknownCommand(ParseResult parsed)
    {
        if (parsed.CommandResult.Parent is not null || parsed.Errors.Count == 0) return null;
        if (parsed.UnmatchedTokens is not [var word, ..]) return $"expected a command ({Commands(parsed)}), found none";
        return NearestName.Of(word, parsed.CommandResult.Command.Subcommands.Select(command => command.Name)) is { } near
            ? $"{OneLine.Of(word)}: no such command; did you mean {near}?"
            : $"{OneLine.Of(word)}: no such command; known: {Commands(parsed)}";
    }

    private static string Commands(ParseResult parsed) => string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(command => command.Name));

    // Where a command takes an argument, the parser takes a misspelled option for it, and complains only about what comes after it.
    private static string? UnknownOption(ParseResult parsed)
    {
        if (parsed.CommandResult.Parent is null || parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)) return null;
        var taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens.Select(token => token.Value));
        if (taken.Concat(parsed.UnmatchedTokens).FirstOrDefault(word => word.StartsWith(Dashes, StringComparison.Ordinal)) is not { } word) return null;
        var found = word.Split('=')[0];
        var known = parsed.CommandResult.Command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive));
        var hint = NearestName.Of(found, known.Select(option => option.Name)) is { } near ? $"; did you mean {near}?" : "";
        return $"{OneLine.Of(found)}: no such option{hint}";
    }

    private static string? Missing(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0) return null;
        var command = parsed.CommandResult.Command;
        if (command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is not { Tokens.Count: > 0 }) is { } required)
            return $"{command.Name}: expected {required.Name} {required.HelpName}, found none";
        var argument = command.Arguments.FirstOrDefault(one => one.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(one) is not { Tokens.Count: > 0 });
        return argument is null ? null : $"{command.Name}: expected {argument.Name}, found none";
    }
}
