using System.Text;
using PipelineRobustness.Experiments.Settings.Hocon;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>An experiment file on disk, and the embedded <c>reference.conf</c> with every default.</summary>
public static class SettingsFile
{
    /// <summary>The ending of a file's name, which names of shipped files do not have.</summary>
    internal const string Ending = ".conf";

    private const long BytesMax = 1 << 20;

    /// <summary>Whether a file is meant rather than the name of a shipped one.</summary>
    internal static bool IsMeant(string nameOrPath) => nameOrPath.EndsWith(Ending, StringComparison.Ordinal);

    /// <summary>Reads a file of at most 1 MiB.</summary>
    /// <exception cref="BadInputException">The file is absent, unreadable, not UTF-8 or no HOCON.</exception>
    public static SettingSection Read(string path) => path.Length > 0
        ? HoconReader.Read(OneLine.Of(Path.GetFileName(path)), UserFile.ReadText(path, BytesMax))
        : throw new BadInputException("expected an experiment file, found an empty name");

    /// <summary>Every setting with its default.</summary>
    public static SettingSection Reference() => HoconReader.Read("reference.conf", ReferenceText());

    private static string ReferenceText()
    {
        using var stream = typeof(SettingsFile).Assembly.GetManifestResourceStream("reference.conf")
            ?? throw new InvalidOperationException("the library was built without its resource reference.conf");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
