using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// The one form of a signature over P-256 that counts. Where (r, s) is one, (r, n - s) is another over the same bytes, which anybody can
/// make of it: only the smaller s counts (as in SEC 1, 4.1, and BIP 146).
/// </summary>
internal static class SignatureForm
{
    private const int HalfBytes = 32;

    // n, the order of the curve's base point (SEC 2, 2.4.2).
    private static readonly BigInteger Order =
        BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Whether a signature has that form: two numbers of 32 bytes, of which the second is at most n / 2.</summary>
    public static bool IsUsual(ReadOnlySpan<byte> signature) => signature.Length == 2 * HalfBytes && Second(signature) <= Order / 2;

    /// <summary>A signature in that form.</summary>
    public static ImmutableArray<byte> Usual(ReadOnlySpan<byte> signature)
    {
        if (IsUsual(signature)) return [.. signature];
        var second = (Order - Second(signature)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. signature[..HalfBytes], .. new byte[HalfBytes - second.Length], .. second];
    }

    private static BigInteger Second(ReadOnlySpan<byte> signature) => new(signature[HalfBytes..], isUnsigned: true, isBigEndian: true);
}
