using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>LOGIN (draft-murchison-sasl-login): two prompts, whose words nobody can rely on.</summary>
internal sealed class LoginClient(SaslMechanism mechanism, SaslCredentials credentials) : SaslClientMechanism(mechanism)
{
    private int _answers;

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        response = Encoding.UTF8.GetBytes(_answers == 0 ? credentials.User : credentials.Password);
        return _answers++ < 2;
    }
}
