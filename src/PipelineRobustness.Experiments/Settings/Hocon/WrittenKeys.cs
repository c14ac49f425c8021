using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>Where each key of a text is written. A plain value or list is written once, and nothing stands below it.</summary>
/// <param name="origin">What to call the text in messages.</param>
internal sealed class WrittenKeys(string origin)
{
    private readonly OrderedDictionary<string, int> _lines = [];
    private readonly HashSet<string> _claimed = [];
    private readonly Dictionary<string, string> _firstBelow = [];

    /// <summary>The line each key was first written on, by its full path, in the order written.</summary>
    public IReadOnlyDictionary<string, int> Lines => _lines;

    /// <summary>A key that opens a section, or an element of a list.</summary>
    /// <exception cref="BadInputException">It, or one above it, has a plain value already.</exception>
    public void Note(string path, int line)
    {
        for (var self = path; self.Length > 0; self = self[..Math.Max(0, self.LastIndexOf('.'))])
        {
            if (_claimed.Contains(self))
                throw new BadInputException($"{origin}:{line}: {self}: expected once, found again (first on line {_lines[self]})");

            if (self != path)
                _firstBelow.TryAdd(self, path);
        }

        _lines.TryAdd(path, line);
    }

    /// <summary>A key with a plain value or a list.</summary>
    /// <exception cref="BadInputException">It, one above it or one below it is written already.</exception>
    public void Claim(string path, int line)
    {
        Note(path, line);
        if (_firstBelow.TryGetValue(path, out var below))
            throw new BadInputException($"{origin}:{line}: {path}: expected a value or settings below it, found both ({below} on line {_lines[below]})");

        _claimed.Add(path);
    }
}
