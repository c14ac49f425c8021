using System.Text;

namespace PipelineRobustness.Models;

/// <summary>A text as token ids, split into what is trained on and, at its end, what is evaluated on.</summary>
public sealed class Corpus
{
    /// <summary>The share of tokens at the end that is evaluated on.</summary>
    public const double DefaultValidationShare = 0.1;

    private const string Resource = "corpus.txt";
    private const long FileBytesMax = 1L << 30;

    private Corpus(string name, string origin, int[] tokens, double validationShare)
    {
        var validation = (int)Math.Round(tokens.Length * validationShare);
        // Each part needs an input and a target.
        if (validation < 2 || tokens.Length - validation < 2)
            throw new BadInputException(
                $"{origin}: expected text for at least 2 tokens to train on and 2 to evaluate on, found {tokens.Length} in all");
        Name = name;
        Origin = origin;
        Train = tokens[..^validation];
        Validation = tokens[^validation..];
    }

    /// <summary>What to call it.</summary>
    public string Name { get; }

    /// <summary>Where it comes from.</summary>
    public string Origin { get; }

    /// <summary>The tokens to train on.</summary>
    public int[] Train { get; }

    /// <summary>The tokens to evaluate on.</summary>
    public int[] Validation { get; }

    /// <summary>The English text that comes with the library.</summary>
    public static Corpus Embedded(ITokenizer tokenizer)
    {
        using var stream = typeof(Corpus).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the library was built without its resource {Resource}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new Corpus("embedded", "embedded text", tokenizer.Encode(reader.ReadToEnd()), DefaultValidationShare);
    }

    /// <summary>Any UTF-8 text file of up to 1 GiB; a byte order mark is left out.</summary>
    /// <exception cref="BadInputException">Absent, a folder, unreadable, not UTF-8, too long or too short.</exception>
    public static Corpus FromFile(string path, ITokenizer tokenizer, double validationShare = DefaultValidationShare)
    {
        var text = UserFile.ReadText(path, FileBytesMax);
        return new Corpus(Path.GetFileName(path), path, tokenizer.Encode(text), validationShare);
    }
}
