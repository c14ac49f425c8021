using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>A temporary folder with tokenizer files.</summary>
internal sealed class TokenizerFixture : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tokenizer");

    public TokenizerFixture(params (string Name, string Text)[] files)
    {
        foreach (var (name, text) in files)
            File.WriteAllText(PathOf(name), text);
    }

    public string Folder => _folder.FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public ITokenizer Open(bool matchesAddedTokens = true) =>
        TokenizerFolder.Open(Folder, matchesAddedTokens) ?? throw new InvalidOperationException("no tokenizer there");

    public string Refusal()
    {
        var message = Assert.Throws<BadInputException>(() => Open()).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A vocabulary with the entries' positions as ids.</summary>
    public static string Vocabulary(params string[] entries) =>
        new JsonObject(entries.Index().Select(entry => KeyValuePair.Create(entry.Item, (JsonNode?)entry.Index))).ToJsonString();
}

internal static class JsonIds
{
    public static int[] AsIds(this JsonNode? ids) => [.. ids!.AsArray().Select(id => (int)id!)];
}
