using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>Where an experiment's results lie.</summary>
public sealed class ExperimentFolder
{
    private const int NumbersTried = 10_000;

    private static readonly string[] Files =
        ["experiment.json", "events.jsonl", "report.html", "results.md", "error.log"];

    private ExperimentFolder(string root) => Root = root;

    /// <summary>The output folder.</summary>
    public string Root { get; }

    /// <summary>The results in one file, for scripts.</summary>
    public string Json => Path.Combine(Root, "experiment.json");

    /// <summary>A line per iteration and verdict.</summary>
    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>The results in one page, for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>The results by rate and remedy, for documents.</summary>
    public string Markdown => Path.Combine(Root, "results.md");

    /// <summary>Details of what went wrong unexpectedly; absent where nothing did.</summary>
    public string Errors => Path.Combine(Root, "error.log");

    /// <summary>
    /// Opens a folder, making it where it is absent. Results of an earlier experiment in it are replaced, unless that was not
    /// finished and something in it done: hours are not to be lost by a word forgotten. Whatever else lies there stays.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="resume">Whether to go on with what is there; nothing is replaced then.</param>
    /// <exception cref="BadInputException">The folder cannot be made or written to, or holds an unfinished experiment.</exception>
    public static ExperimentFolder Open(string path, bool resume = false)
    {
        if (path.Length == 0)
            throw new BadInputException("--out: expected a folder that can be written to, found an empty name");

        try
        {
            Directory.CreateDirectory(path);
            var folder = new ExperimentFolder(path);
            if (!resume)
                folder.Clear();

            using (File.Open(folder.Events, FileMode.Append))
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

    /// <summary>Whether a file of this name is one of the results, so that no run's folder can have it.</summary>
    public static bool IsOwn(string name) => Files.Contains(name, StringComparer.OrdinalIgnoreCase) || FigureSet.IsOwn(name);

    /// <summary>Where a run's final weights lie, relative to the output folder.</summary>
    public static string ModelOf(string run) => Path.Combine(run, "model");

    /// <summary>The full path of something in the folder.</summary>
    public string Full(string relative) => Path.Combine(Root, relative);

    private void Clear()
    {
        var (done, finished) = ExperimentJson.Standing(Json);
        if (done > 0 && !finished)
        {
            throw new BadInputException(
                $"--out: {Root} holds an unfinished experiment with {done} {(done == 1 ? "run" : "runs")} done: expected --resume to go on "
                + "with it, or another folder");
        }

        var figures = Directory.GetFiles(Root, "*.svg").Where(f => FigureSet.IsOwn(Path.GetFileName(f)));
        foreach (var old in (string[])[Json, Events, Report, Markdown, Errors, .. figures])
            File.Delete(old);
    }

    /// <summary>Replaces a text file as a whole.</summary>
    public static void Write(string path, string text) =>
        ReplacedFile.Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
