using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>A node's name in its certificate: a single URI among the alternative names, <c>pipeline-node:NAME</c>.</summary>
internal static class CertifiedNames
{
    private const string Scheme = "pipeline-node:";
    private const int LengthMost = 63;

    /// <summary>Whether this is a valid name: letters, digits, hyphens, dots and underscores.</summary>
    public static bool IsGood(string name) =>
        name.Length is >= 1 and <= LengthMost && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && char.IsAsciiLetterOrDigit(name[0]);

    /// <summary>The URI of a node's name.</summary>
    public static Uri UriOf(string name) => new(Scheme + name);

    /// <summary>The node's name in a certificate; null if there is none, or several.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(Uris)
                .Where(uri => uri.StartsWith(Scheme, StringComparison.Ordinal)).Select(uri => uri[Scheme.Length..]).ToList();
            return names is [{ } name] && IsGood(name) ? name : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    // .NET reads a certificate's DNS names and addresses, but not its URIs.
    private static List<string> Uris(X509SubjectAlternativeNameExtension extension)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 6);
        var found = new List<string>();
        var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(tag)) found.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            else names.ReadEncodedValue();
        }

        return found;
    }
}
