using System.Text;
using Estafeta.Tests.Daemons.Smtpd.Milters;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>
/// content_filter, FILTER actions and receive_override_options, from the SMTP server through cleanup into the envelope. Where qmgr sends such
/// mail: QueueManagerTests.
/// </summary>
public sealed class ContentFilterTests
{
    private const string Maps = "virtual_alias_maps = inline:{r@relay.example=alias@relay.example}\ncanonical_maps = inline:{a@b.example=canonical@b.example}\nalways_bcc = bcc@relay.example\n";

    [Theory]
    [InlineData("", null)]
    [InlineData("content_filter = scan:[127.0.0.1]:10025", "scan:[127.0.0.1]:10025")]
    [InlineData("content_filter = scan:x\nsmtpd_recipient_restrictions = check_recipient_access inline:{{r@relay.example=FILTER other:y}}", "other:y")]
    [InlineData("smtpd_client_restrictions = check_client_access static:{FILTER first:}\nsmtpd_recipient_restrictions = check_recipient_access static:{FILTER second:}", "second:")]
    public async Task Filter_IsTheServices_OrThatOfTheLastAction(string settings, string? expected) =>
        Assert.Equal(expected, await FilterAsync(settings, ""));

    [Theory]
    [InlineData("content_filter = scan:x", "checked:z")]
    [InlineData("smtpd_recipient_restrictions = check_recipient_access static:{FILTER second:}", "checked:z")]
    public async Task FilterOfHeaderChecks_IsTheLast(string settings, string expected) =>
        Assert.Equal(expected, await FilterAsync(settings, "header_checks = pcre:{{/^Subject: s/ FILTER checked:z}}\n"));

    [Fact]
    public async Task AddressMappings_AreMade_ButForNoAddressMappings()
    {
        Assert.Equal("canonical@b.example: alias@relay.example bcc@relay.example", await EnvelopeAsync(""));
        Assert.Equal("a@b.example: r@relay.example", await EnvelopeAsync("receive_override_options = no_address_mappings"));
    }

    [Fact]
    public async Task HeaderAndBodyChecks_AreMade_ButForNoHeaderBodyChecks()
    {
        const string Checks = "header_checks = pcre:{{/^Subject: s/ REJECT head}}\nbody_checks = pcre:{{/^body/ REJECT body}}\n";
        Assert.Equal("550 5.7.1 head", (await SendAsync("", Checks))[^1]);
        Assert.StartsWith("221", (await SendAsync("receive_override_options = no_header_body_checks", Checks))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownRecipients_AreRefused_ButForNoUnknownRecipientChecks()
    {
        const string Relay = "relay_recipient_maps = inline:{known@relay.example=x}\n";
        Assert.StartsWith("550 5.1.1", (await SendAsync(Relay, ""))[^1], StringComparison.Ordinal);
        Assert.StartsWith("221", (await SendAsync(Relay + "receive_override_options = no_unknown_recipient_checks", ""))[^1], StringComparison.Ordinal);
    }

    private static async Task<List<string>> SendAsync(string settings, string cleanup)
    {
        await using var route = new MilterRoute(settings, cleanup);
        return await route.SendAsync();
    }

    private static async Task<string?> FilterAsync(string settings, string cleanup)
    {
        await using var route = new MilterRoute(settings, cleanup);
        Assert.StartsWith("221", (await route.SendAsync())[^1], StringComparison.Ordinal);
        return route.Bench.LastMessage().Envelope.ContentFilter;
    }

    private static async Task<string> EnvelopeAsync(string settings)
    {
        await using var route = new MilterRoute(settings, Maps);
        Assert.StartsWith("221", (await route.SendAsync())[^1], StringComparison.Ordinal);
        var envelope = route.Bench.LastMessage().Envelope;
        return new StringBuilder().Append(envelope.Sender).Append(": ").AppendJoin(' ', envelope.Recipients.Select(r => r.Address).Order(StringComparer.Ordinal)).ToString();
    }
}
