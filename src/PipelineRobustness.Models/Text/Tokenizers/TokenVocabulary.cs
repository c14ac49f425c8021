namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Entries and their ids, one to one; ids may leave gaps.</summary>
internal sealed class TokenVocabulary
{
    private const int LargestId = 9_999_999;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _entries = [];

    /// <summary>Ids by entry.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>One above the largest id.</summary>
    public int Size { get; private set; }

    /// <summary>A JSON object of entries and ids.</summary>
    /// <exception cref="BadInputException">Empty, an id that is no id, an entry or id that stands there twice.</exception>
    public static TokenVocabulary Read(JsonPlace json)
    {
        var vocabulary = new TokenVocabulary();
        foreach (var (entry, place) in json.Fields())
            vocabulary.Add(entry, place);
        return vocabulary.Size > 0 ? vocabulary : throw json.Bad("a vocabulary");
    }

    /// <summary>Adds an entry; one that is there with this id already is left as it is.</summary>
    /// <exception cref="BadInputException">It is there with another id, or another entry has this one.</exception>
    public int Add(string entry, JsonPlace place)
    {
        var id = place.Integer(0, LargestId);
        if (_ids.TryAdd(entry, id))
        {
            if (!_entries.TryAdd(id, entry))
                throw place.Bad($"an id that no other entry has (\"{_entries[id]}\" has it)");
        }
        else if (_ids[entry] != id)
            throw place.Bad($"the id {_ids[entry]} that this entry has already");
        Size = Math.Max(Size, id + 1);
        return id;
    }

    /// <summary>Adds an entry of a source that is known to be good.</summary>
    public void Add(string entry, int id)
    {
        _ids.Add(entry, id);
        _entries.Add(id, entry);
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>The id of an entry, or null.</summary>
    public int? Find(string? entry) => entry is not null && _ids.TryGetValue(entry, out var id) ? id : null;

    /// <summary>Whether an entry has an id.</summary>
    public bool Has(int id) => _entries.ContainsKey(id);

    /// <summary>The entry of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No entry has it.</exception>
    public string EntryOf(int id) => _entries.TryGetValue(id, out var entry)
        ? entry
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"no entry of the vocabulary of {Size} has this id");
}
