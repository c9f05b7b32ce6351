using System.Runtime.InteropServices;

namespace Estafeta.Tables.Ldap;

/// <summary>Answers what Cyrus SASL asks for in an interactive bind: user, password, realm, authorization identity.</summary>
internal static unsafe class LdapSaslAnswers
{
    private const nuint ListEnd = 0;
    private const nuint AskAuthorization = 0x4001;
    private const nuint AskUser = 0x4002;
    private const nuint AskPassword = 0x4004;
    private const nuint AskRealm = 0x4008;

    /// <returns>LDAP's result code.</returns>
    public static int Bind(nint handle, LdapSettings settings)
    {
        var answers = new Answers
        {
            User = Marshal.StringToCoTaskMemUTF8(settings.BindName),
            Password = Marshal.StringToCoTaskMemUTF8(settings.BindPassword),
            Realm = Marshal.StringToCoTaskMemUTF8(settings.SaslRealm),
            Authorization = Marshal.StringToCoTaskMemUTF8(settings.SaslAuthorization),
        };
        try
        {
            return LdapLibrary.BindSasl(handle, 0, settings.SaslMechanisms, 0, 0, LdapLibrary.SaslQuiet, &Answer, &answers);
        }
        finally
        {
            Marshal.ZeroFreeCoTaskMemUTF8(answers.User);
            Marshal.ZeroFreeCoTaskMemUTF8(answers.Password);
            Marshal.ZeroFreeCoTaskMemUTF8(answers.Realm);
            Marshal.ZeroFreeCoTaskMemUTF8(answers.Authorization);
        }
    }

    [UnmanagedCallersOnly]
    private static int Answer(nint handle, uint flags, void* defaults, void* asked)
    {
        var answers = (Answers*)defaults;
        for (var question = (Question*)asked; question->Kind != ListEnd; question++)
        {
            var answer = question->Kind switch
            {
                AskAuthorization => answers->Authorization,
                AskUser => answers->User,
                AskPassword => answers->Password,
                AskRealm => answers->Realm,
                _ => 0,
            };
            question->Answer = answer;
            question->Length = answer == 0 ? 0 : (uint)MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)answer).Length;
        }

        return LdapLibrary.Success;
    }

    private struct Answers
    {
        public nint User;
        public nint Password;
        public nint Realm;
        public nint Authorization;
    }

    // sasl_interact_t
    [StructLayout(LayoutKind.Sequential)]
    private struct Question
    {
        public nuint Kind;
        public nint Challenge;
        public nint Prompt;
        public nint Suggestion;
        public nint Answer;
        public uint Length;
    }
}
