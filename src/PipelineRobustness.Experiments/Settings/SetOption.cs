using PipelineRobustness.Experiments.Settings.Hocon;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings;

/// <summary><c>--set key=value</c>: replaces that key in the base, or adds it, with any HOCON value.</summary>
internal static class SetOption
{
    private const string Any = "--set";

    /// <summary>The layer with the option applied.</summary>
    /// <exception cref="BadInputException">No <c>key=value</c>, an unknown key, or a wrong value.</exception>
    /// <param name="below">What it is applied to.</param>
    /// <param name="option">The key and its value.</param>
    /// <param name="source">The option's name on the command line, for errors.</param>
    public static SettingSection Apply(SettingSection below, string option, string source = Any)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw Bad(source, option);

        var key = option[..equals].Trim();
        if (!HoconReader.IsDottedName(key))
            throw Bad(source, option);

        if (key.StartsWith(Schema.Grid + ".", StringComparison.Ordinal))
            throw new BadInputException($"{source}: expected the grid as a whole (grid={{ ... }}), found {OneLine.Of(key)}");

        var value = Value(source, option, option[(equals + 1)..].Trim());
        LayerCheck.Check(new SettingSection([], value.Origin).With(key, value), inRun: false);
        return below.With(key, value);
    }

    private static SettingNode Value(string source, string option, string text)
    {
        try
        {
            var read = HoconReader.Read(source, $"value = {text}", lines: false);
            return read.Items is [{ Key: "value", Value: var value }] ? value : throw Bad(source, option);
        }
        catch (BadInputException e)
        {
            throw Bad(source, option, e);
        }
    }

    private static BadInputException Bad(string source, string option, Exception? inner = null) =>
        new($"{source}: expected key=value with one HOCON value (text with special characters in quotes), found {OneLine.Of(option)}", inner);
}
