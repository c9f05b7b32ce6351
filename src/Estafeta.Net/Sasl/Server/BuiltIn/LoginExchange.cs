namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>LOGIN, never standardised, still what Outlook speaks: the server asks for the user, then for the password.</summary>
internal sealed class LoginExchange(ICredentialSource credentials) : BuiltInExchange(serverFirst: true)
{
    private string? _user;

    protected override byte[] FirstChallenge() => "Username:"u8.ToArray();

    protected override ValueTask<SaslStep> StartWithResponseAsync(string response, CancellationToken cancellationToken) =>
        ContinueAsync(response, cancellationToken);

    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        if (Text(response) is not { Length: > 0 } text)
        {
            return Refused;
        }

        if (_user == null)
        {
            _user = SaslPrep.Name(text);
            return Challenge("Password:"u8);
        }

        return await credentials.CheckAsync(_user, text, cancellationToken) ? new SaslStep(SaslOutcome.Succeeded, _user) : Refused with { User = _user };
    }
}
