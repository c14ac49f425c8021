using System.Text.Json;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Files;

/// <summary>Recognises text that is not a file's own: what a download left that did not happen, a page, a document of another format.</summary>
internal static partial class TextSignature
{
    /// <summary>What <see cref="Of"/> says of an HTML page.</summary>
    public const string HtmlPage = "an HTML page: the file itself was not downloaded";

    private const string ServerError = "a server's error message: the file itself was not downloaded";

    /// <summary>What servers answer, as a whole, in place of a file.</summary>
    private static readonly string[] ErrorTexts =
    [
        "404: Not Found", "Not Found", "Entry not found", "File not found", "Repository not found", "Invalid username or password.", "Unauthorized",
        "Access denied", "Invalid credentials in Authorization header",
    ];

    /// <summary>What the text is, or null.</summary>
    /// <param name="text">The beginning, trimmed; what is not ASCII does not matter.</param>
    /// <param name="isWhole">Whether it is the whole text.</param>
    public static string? Of(string text, bool isWhole)
    {
        if (Pointer.IsMatch(text)) return "a Git LFS pointer: the file itself was not fetched (git lfs pull)";
        if (AnnexPointer.IsMatch(text)) return "a git-annex pointer: the file itself was not fetched (git annex get)";
        if (LinkTarget.IsMatch(text)) return "the path of a link's target: the link was copied, not the file";
        if (text.StartsWith("%PDF-", StringComparison.Ordinal)) return "a PDF document";
        if (text.StartsWith(@"{\rtf", StringComparison.Ordinal)) return "an RTF document";
        if (text.StartsWith("%!PS", StringComparison.Ordinal)) return "a PostScript document";
        var markup = Preamble.Replace(text, "");
        if (Page.IsMatch(markup)) return HtmlPage;
        return ErrorBeginning.IsMatch(markup) || (isWhole && (ErrorTexts.Contains(text, StringComparer.OrdinalIgnoreCase) || IsErrorObject(text)))
            ? ServerError : null;
    }

    [GeneratedRegex(@"^version https://(git-lfs|hawser)\.github\.com/spec/[^\n]*\n(.*\n)?oid ", RegexOptions.Singleline)]
    private static partial Regex Pointer { get; }

    [GeneratedRegex(@"^((\.\./)*\.git)?/?annex/objects/\S+")]
    private static partial Regex AnnexPointer { get; }

    /// <summary>In the cache of Hugging Face's hub, files are links to blobs.</summary>
    [GeneratedRegex(@"^(\.\./)+blobs/\S+$")]
    private static partial Regex LinkTarget { get; }

    [GeneratedRegex(@"^(\s*(<\?xml.*?\?>|<!--.*?-->))*\s*", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Preamble { get; }

    [GeneratedRegex(@"^<(!doctype html|(html|head|body|title|meta)[\s>/])", RegexOptions.IgnoreCase)]
    private static partial Regex Page { get; }

    /// <summary>Of a storage service, of a redirection, a response with its headers, and Hugging Face's for a gated repository.</summary>
    [GeneratedRegex(
        @"^(<Error>\s*<Code>|[a-z][a-z ]{2,40}\. Redirecting to (https?:/)?/|HTTP/[0-9.]+ [0-9]{3}[^\n]*(\n[\w-]+: |\s*$)"
        + @"|Access to (model|dataset) \S+ is restricted)",
        RegexOptions.IgnoreCase)]
    private static partial Regex ErrorBeginning { get; }

    private static bool IsErrorObject(string text)
    {
        if (!text.StartsWith('{')) return false;
        try
        {
            using var json = JsonDocument.Parse(JsonText.Of(text).Text);
            string[] names = [.. json.RootElement.EnumerateObject().Select(field => field.Name)];
            return names is ["error", ..] || (names is ["message", ..] && (names.Contains("documentation_url") || names.Contains("status")));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
