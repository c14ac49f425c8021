using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary><c>--set key=value</c>: replaces that key in the base, whatever stood there, by any HOCON value.</summary>
internal static class SetOption
{
    private const string Source = "--set";

    /// <summary>The layer with the option applied.</summary>
    /// <exception cref="BadInputException">No <c>key=value</c>, an unknown key, or a wrong value.</exception>
    public static SettingSection Apply(SettingSection below, string option)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw Bad(option);

        var key = option[..equals].Trim();
        if (!LexicalCheck.IsDottedName(key))
            throw Bad(option);

        if (key.StartsWith(Schema.Grid + ".", StringComparison.Ordinal))
            throw new BadInputException($"{Source}: expected the grid as a whole (grid={{ ... }}), found {OneLine.Of(key)}");

        var value = Value(option, option[(equals + 1)..].Trim());
        LayerCheck.Check(new SettingSection([], value.Origin).With(key, value), inRun: false);
        return below.With(key, value);
    }

    private static SettingNode Value(string option, string text)
    {
        try
        {
            var read = HoconReader.Read(Source, $"value = {text}", lines: false);
            return read.Items is [{ Key: "value", Value: var value }] ? value : throw Bad(option);
        }
        catch (BadInputException e)
        {
            throw Bad(option, e);
        }
    }

    private static BadInputException Bad(string option, Exception? inner = null) =>
        new($"{Source}: expected key=value with one HOCON value (text with special characters in quotes), found {OneLine.Of(option)}", inner);
}
