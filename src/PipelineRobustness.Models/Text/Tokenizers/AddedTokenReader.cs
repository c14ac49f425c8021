using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads added tokens and their matching options.</summary>
internal static class AddedTokenReader
{
    /// <summary>An entry of <c>added_tokens_decoder</c>, whose field name is the id.</summary>
    public static AddedToken ReadFromDecoder(JsonInput input, TokenVocabulary vocabulary)
    {
        var name = input.Path[(input.Path.LastIndexOf('.') + 1)..];
        if (!int.TryParse(name, out var number)) throw input.Bad("a token under its id");
        return Read(input, input with { Value = JsonSerializer.SerializeToElement(number) }, vocabulary);
    }

    /// <summary>An entry of the list in <c>tokenizer.json</c>.</summary>
    public static AddedToken ReadFromList(JsonInput input, TokenVocabulary vocabulary) =>
        Read(input, input.Field("id") ?? throw input.Bad("a token with its id"), vocabulary);

    private static AddedToken Read(JsonInput input, JsonInput id, TokenVocabulary vocabulary)
    {
        input.MustBeUnset("single_word");
        var content = (input.Field("content") ?? throw input.Bad("a token with its content")).Text();
        return new AddedToken(content, vocabulary.Add(content, id),
            input.Flag("lstrip", false), input.Flag("rstrip", false), input.Flag("normalized", false));
    }
}
