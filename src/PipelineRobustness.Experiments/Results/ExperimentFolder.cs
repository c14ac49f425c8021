using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>Where an experiment's results lie.</summary>
public sealed class ExperimentFolder
{
    private const int NumbersTried = 10_000;

    private ExperimentFolder(string root) => Root = root;

    /// <summary>The output folder.</summary>
    public string Root { get; }

    /// <summary>The results in one file, for scripts.</summary>
    public string Json => Path.Combine(Root, "experiment.json");

    /// <summary>A line per iteration and verdict.</summary>
    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>The results in one page, for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Details of what went wrong unexpectedly; absent where nothing did.</summary>
    public string Errors => Path.Combine(Root, "error.log");

    /// <summary>
    /// Opens a folder, making it where it is absent. Results of an earlier experiment in it are replaced; whatever else lies
    /// there stays.
    /// </summary>
    /// <exception cref="BadInputException">The folder cannot be made or written to.</exception>
    public static ExperimentFolder Open(string path)
    {
        if (path.Length == 0)
            throw new BadInputException("--out: expected a folder that can be written to, found an empty name");

        try
        {
            Directory.CreateDirectory(path);
            var folder = new ExperimentFolder(path);
            foreach (var old in (string[])[folder.Json, folder.Report, folder.Errors, .. FigureSet.Files.Select(folder.Full)])
                File.Delete(old);

            File.WriteAllText(folder.Events, "");
            return folder;
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"--out: expected a folder that can be written to, found {path}: {e.Message}", e);
        }
    }

    /// <summary>
    /// The folder of an experiment that names none: <c>out/FILE-SEED</c> under the current one, with a number behind it
    /// from the second time on, so that no result is written over.
    /// </summary>
    /// <exception cref="BadInputException">The folder cannot be made or written to.</exception>
    public static ExperimentFolder OpenFresh(string title, ulong seed)
    {
        var path = Path.Combine("out", FormattableString.Invariant($"{title}-{seed}"));
        var numbered = Enumerable.Range(2, NumbersTried).Select(n => FormattableString.Invariant($"{path}-{n}")).Prepend(path);
        return Open(numbered.FirstOrDefault(p => !Path.Exists(p))
            ?? throw new BadInputException($"--out: expected a folder, since {path} and {NumbersTried} more exist"));
    }

    /// <summary>Where a run's final weights lie, relative to the output folder.</summary>
    public static string ModelOf(string run) => Path.Combine(run, "model");

    /// <summary>The full path of something in the folder.</summary>
    public string Full(string relative) => Path.Combine(Root, relative);

    /// <summary>Replaces a text file as a whole.</summary>
    public static void Write(string path, string text) =>
        ReplacedFile.Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
