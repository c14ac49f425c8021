using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>A one-to-one mapping of entries to ids; ids may have gaps.</summary>
internal sealed class TokenVocabulary
{
    private const int LargestId = 9_999_999;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _entries = [];

    /// <summary>The ids by entry.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>The largest id plus one.</summary>
    public int Size { get; private set; }

    /// <summary>Reads a JSON object of entries and ids.</summary>
    /// <exception cref="BadInputException">The object is empty, an id is invalid, or an id is used twice.</exception>
    public static TokenVocabulary Read(JsonInput json)
    {
        var vocabulary = new TokenVocabulary();
        foreach (var (entry, input) in json.Fields())
            vocabulary.Add(entry, input);
        return vocabulary.Size > 0 ? vocabulary : throw json.Bad("a vocabulary");
    }

    /// <summary>Adds an entry; does nothing if it already has this id.</summary>
    /// <exception cref="BadInputException">The entry has another id, or another entry has this id.</exception>
    public int Add(string entry, JsonInput input)
    {
        var id = input.Integer(0, LargestId);
        if (_ids.TryAdd(entry, id))
        {
            if (!_entries.TryAdd(id, entry))
                throw input.Bad($"an id that no other entry has (\"{_entries[id]}\" has it)");
        }
        else if (_ids[entry] != id)
            throw input.Bad($"the id {_ids[entry]} that this entry has already");
        Size = Math.Max(Size, id + 1);
        return id;
    }

    /// <summary>Adds an entry from a trusted source.</summary>
    public void Add(string entry, int id)
    {
        _ids.Add(entry, id);
        _entries.Add(id, entry);
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>The id of an entry, or null.</summary>
    public int? Find(string? entry) => entry is not null && _ids.TryGetValue(entry, out var id) ? id : null;

    /// <summary>Whether any entry has this id.</summary>
    public bool Has(int id) => _entries.ContainsKey(id);

    /// <summary>The entry with an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No entry has this id.</exception>
    public string EntryOf(int id) => _entries.TryGetValue(id, out var entry)
        ? entry
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"no entry of the vocabulary of {Size} has this id");
}
