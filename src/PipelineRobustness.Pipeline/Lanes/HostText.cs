using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// A host as text. An address of IP has many spellings (<c>::1</c>, <c>[::1]</c>, <c>0:0:0:0:0:0:0:1</c>, <c>::ffff:10.0.0.1</c>), and
/// nodes that spell it differently would never meet: everywhere within the program it has one, without brackets.
/// </summary>
public static partial class HostText
{
    private const int PortMost = 65_535;

    /// <summary>The one spelling of a host's name or address; null where the text is neither.</summary>
    /// <remarks>
    /// An address of IPv4 is four decimal numbers without leading zeros: elsewhere <c>1</c> and <c>010.0.0.1</c> are other addresses
    /// than they seem to be, and the last part of a name is no number (RFC 3696, section 2). An address with a zone
    /// (<c>fe80::1%eth0</c>) is none: the zone means something on its own machine only.
    /// </remarks>
    public static string? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isBracketed = text.StartsWith('[') && text.EndsWith(']');
        var bare = isBracketed ? text[1..^1] : text;
        if (!bare.Contains(':', StringComparison.Ordinal)) return !isBracketed && (IsNumber(bare) || IsName(bare)) ? bare : null;
        if (!Digits().IsMatch(bare) || !IPAddress.TryParse(bare, out var address)) return null;
        return $"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}";
    }

    /// <summary>A host and a port out of <c>host:port</c>, an address of IPv6 in brackets; null where the text is something else.</summary>
    public static DnsEndPoint? ReadWithPort(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.IndexOf(':', StringComparison.Ordinal) is var first && first < colon && text[colon - 1] != ']') return null;
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= PortMost
            && Read(text[..colon]) is { } host ? new DnsEndPoint(host, port) : null;
    }

    /// <summary>The one spelling of a host, or the text itself where it is no host.</summary>
    public static string Plain(string host) => Read(host) ?? host;

    /// <summary>A host as it stands in an address with a port: one of IPv6 in brackets.</summary>
    public static string InAddress(string host)
    {
        var plain = Plain(host);
        return plain.Contains(':', StringComparison.Ordinal) ? $"[{plain}]" : plain;
    }

    /// <summary>A host and a port for people: <c>10.0.0.1:2551</c>, <c>[::1]:2551</c>.</summary>
    public static string WithPort(string host, int port) => FormattableString.Invariant($"{InAddress(host)}:{port}");

    /// <summary>A place for people, in the same form.</summary>
    public static string WithPort(DnsEndPoint place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return WithPort(place.Host, place.Port);
    }

    /// <summary>A host as part of a node's name, which may not contain colons.</summary>
    public static string InName(string host)
    {
        if (!IPAddress.TryParse(Plain(host), out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return host;
        return string.Join('.', address.GetAddressBytes().Chunk(2).Select(pair => ((pair[0] << 8) | pair[1]).ToString("x", CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether two texts are the same host, as far as the texts say.</summary>
    public static bool AreSame(string host, string other) => string.Equals(Plain(host), Plain(other), StringComparison.OrdinalIgnoreCase);

    private static bool IsName(string text) => Name().IsMatch(text) && !LastPartIsNumber().IsMatch(text);

    private static bool IsNumber(string text) => text.Split('.') is { Length: 4 } parts
        && parts.All(part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && $"{number}" == part);

    [GeneratedRegex(@"(^|\.)([0-9]+|0[Xx][0-9A-Fa-f]*)\.?\z")]
    private static partial Regex LastPartIsNumber();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9A-Fa-f:.]+\z")]
    private static partial Regex Digits();
}
