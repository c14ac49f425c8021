using System.Text.Json;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads added tokens with what they say about the text around them.</summary>
internal static class AddedTokenReader
{
    /// <summary>One of <c>added_tokens_decoder</c>, whose field's name is its id.</summary>
    public static AddedToken OfDecoder(JsonPlace place, TokenVocabulary vocabulary)
    {
        var name = place.Path[(place.Path.LastIndexOf('.') + 1)..];
        if (!int.TryParse(name, out var number)) throw place.Bad("a token under its id");
        return Read(place, place with { Value = JsonSerializer.SerializeToElement(number) }, vocabulary);
    }

    /// <summary>One of the list in <c>tokenizer.json</c>.</summary>
    public static AddedToken OfList(JsonPlace place, TokenVocabulary vocabulary) =>
        Read(place, place.Field("id") ?? throw place.Bad("a token with its id"), vocabulary);

    private static AddedToken Read(JsonPlace place, JsonPlace id, TokenVocabulary vocabulary)
    {
        place.MustBeUnset("single_word");
        var content = (place.Field("content") ?? throw place.Bad("a token with its content")).Text();
        return new AddedToken(content, vocabulary.Add(content, id),
            place.Field("lstrip")?.Flag() ?? false, place.Field("rstrip")?.Flag() ?? false, place.Field("normalized")?.Flag() ?? false);
    }
}
