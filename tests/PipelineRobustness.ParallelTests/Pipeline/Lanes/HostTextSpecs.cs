using System.Net;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A host has one spelling within the program, and an address of IPv6 is printed in brackets.</summary>
public sealed class HostTextSpecs
{
    [Theory]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("[2001:DB8::0:A]", "2001:db8::a")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("127.1", null)]
    [InlineData("1", null)]
    [InlineData("010.0.0.1", null)]
    [InlineData("0x7f.0.0.1", null)]
    [InlineData("0x7f000001", null)]
    [InlineData("10.0.0.256", null)]
    [InlineData("1.2.3.4.5", null)]
    [InlineData("1.example", "1.example")]
    [InlineData("node-1", "node-1")]
    [InlineData("host-1.example", "host-1.example")]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("[host]", null)]
    [InlineData("[10.0.0.1]", null)]
    [InlineData("[::1", null)]
    [InlineData("::1]", null)]
    [InlineData("[::1]:80", null)]
    [InlineData("1:2", null)]
    [InlineData("::zz", null)]
    [InlineData("fe80::1%eth0", null)]
    [InlineData("[fe80::1%2]", null)]
    [InlineData("a b", null)]
    [InlineData("-a", null)]
    public void Every_spelling_of_a_host_is_read_as_one(string text, string? host) => Assert.Equal(host, HostText.Read(text));

    [Theory]
    [InlineData("[::1]:2551", "[::1]:2551")]
    [InlineData("[0::0:1]:02551", "[::1]:2551")]
    [InlineData("host-1:1", "host-1:1")]
    [InlineData("10.0.0.1:65535", "10.0.0.1:65535")]
    [InlineData("::1:2551", null)]
    [InlineData("::1", null)]
    [InlineData("[::1]", null)]
    [InlineData("[::1]:", null)]
    [InlineData("[::1]:65536", null)]
    [InlineData("[::1]:-1", null)]
    [InlineData("host", null)]
    [InlineData(":1", null)]
    public void A_port_follows_a_host_that_is_in_brackets_where_it_has_colons(string text, string? place) =>
        Assert.Equal(place, HostText.ReadWithPort(text) is { } read ? HostText.WithPort(read) : null);

    [Fact]
    public void Any_address_of_IPv6_is_read_back_as_it_is_printed()
    {
        var places = from bytes in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant((byte)0)), (1, Gen.Choose(0, 255).Select(number => (byte)number))), 16)
                     from port in Gen.Choose(0, 65_535)
                     select (Address: new IPAddress(bytes), Port: port);
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(places.ToArbitrary(), place =>
        {
            if (place.Address.IsIPv4MappedToIPv6) return;
            var read = HostText.ReadWithPort(HostText.WithPort($"{place.Address}", place.Port))!;
            Assert.Equal(place, (IPAddress.Parse(read.Host), read.Port));
            Assert.Equal(read.Host, HostText.Read($"[{read.Host}]"));
        }));
    }

    [Theory]
    [InlineData("::1", "0.0.0.0.0.0.0.1")]
    [InlineData("[2001:db8::a]", "2001.db8.0.0.0.0.0.a")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("host-1", "host-1")]
    public void A_node_s_name_contains_no_colons(string host, string name) => Assert.Equal(name, HostText.InName(host));
}
