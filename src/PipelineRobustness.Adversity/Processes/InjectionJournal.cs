using System.Globalization;
using System.Text;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// A folder that all processes of an experiment see, in which is noted what of a scenario has struck: before it strikes, on the
/// disk, so that the death which it causes cannot lose the note, and once, whoever comes there first. Beside that, which processes
/// there are, and which has the central server.
/// </summary>
/// <param name="folder">The folder; it may not be there yet.</param>
/// <param name="clock">Tells the time; all processes' clocks are one machine's.</param>
public sealed class InjectionJournal(string folder, TimeProvider clock)
{
    private const string Seat = "server", Beginning = "began", NodePrefix = "process-", Mark = "mark", EventPrefix = "event-";

    /// <summary>The node that has the central server, and its process; null where nobody has, or it is no more.</summary>
    public (string Node, ProcessMark Process)? Server => Content(Path.Combine(folder, Seat)) is [var node, var mark]
        && ProcessMark.Read(mark) is { Lives: true } process ? (node, process) : null;

    /// <summary>The nodes of this machine that have joined and live, by name.</summary>
    public IEnumerable<string> Nodes => Directory.EnumerateDirectories(folder, NodePrefix + "*")
        .Where(node => Content(Path.Combine(node, Mark)) is [var mark] && ProcessMark.Read(mark) is { Lives: true })
        .Select(node => Path.GetFileName(node)[NodePrefix.Length..]);

    /// <summary>Notes an event.</summary>
    /// <param name="index">Which one, counted from 0.</param>
    /// <param name="number">Of an event that comes by a rate which time it is, counted from 1; else 0.</param>
    /// <param name="failure">The event.</param>
    /// <param name="node">Whom it befalls.</param>
    /// <returns>False where it has been noted before: then it has struck, or is about to, and must not again.</returns>
    /// <exception cref="IOException">The disk says no.</exception>
    public bool TryNote(int index, long number, Failure failure, string node)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return TryWrite(Name(index, failure) + (number > 0 ? string.Create(CultureInfo.InvariantCulture, $".{number}") : ""), $"{node}\n{failure}\n");
    }

    /// <summary>How often an event was noted.</summary>
    public int Times(int index, Failure failure) => Notes(index, failure).Count();

    /// <summary>When an event was noted last; null where it never was.</summary>
    public DateTimeOffset? Last(int index, Failure failure) =>
        Notes(index, failure).Select(file => (DateTimeOffset?)File.GetLastWriteTimeUtc(file)).Max();

    /// <summary>Of an experiment that begins anew nothing has struck yet.</summary>
    public void Clear()
    {
        foreach (var note in Notes(EventPrefix).Concat(Notes(Beginning)).ToArray()) File.Delete(note);
    }

    /// <summary>Holds the notes against a scenario.</summary>
    /// <exception cref="BadInputException">One is of none of its events: it has been edited, or it is another.</exception>
    public void ThrowIfOfAnother(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var known = scenario.Failures.Select((failure, index) => (Name: Name(index, failure), Event: $"{failure}")).ToList();
        foreach (var note in Notes(EventPrefix).Order(StringComparer.Ordinal))
        {
            // Who died while it wrote one left it without its event.
            if (Content(note) is [_, var noted] && !known.Contains((Path.GetFileName(note).Split('.')[0], noted)))
                throw new BadInputException($"{note}: expected a note of the scenario {scenario.Name}, found one of another: {noted}");
        }
    }

    /// <summary>Whether a process of the experiment has asked for its beginning.</summary>
    public bool HasBegun => File.Exists(Path.Combine(folder, Beginning));

    /// <summary>When the first process of the experiment asked: from then on a scenario's times count.</summary>
    public DateTimeOffset Begun()
    {
        TryWrite(Beginning, "");
        return File.GetLastWriteTimeUtc(Path.Combine(folder, Beginning));
    }

    /// <summary>A node has joined.</summary>
    public void Enter(string node, ProcessMark process) => Replace(Path.Combine(NodePrefix + node, Mark), $"{process}");

    /// <summary>A node has the central server from now on.</summary>
    public void Sit(string node, ProcessMark process) => Replace(Seat, $"{node}\n{process}\n");

    private static string Name(int index, Failure failure) =>
        string.Create(CultureInfo.InvariantCulture, $"{EventPrefix}{index + 1}-{ScenarioWords.Of(failure.Kind)}");

    private IEnumerable<string> Notes(int index, Failure failure) => Notes(Name(index, failure));

    private IEnumerable<string> Notes(string prefix) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, prefix + "*") : [];

    private bool TryWrite(string name, string text)
    {
        DurableFolder.Create(folder);
        try
        {
            using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
            File.SetLastWriteTimeUtc(file.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, name)))
        {
            return false;
        }

        DurableFolder.Flush(folder);
        return true;
    }

    private static string[] Content(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];

    // Whole or not at all, for those who read meanwhile.
    private void Replace(string name, string text)
    {
        var path = Path.Combine(folder, name);
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));
    }
}
