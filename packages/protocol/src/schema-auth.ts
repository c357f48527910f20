import { Type } from 'typebox'

export const ClientAuth = Type.Object(
  {
    type: Type.Literal('auth'),
    token: Type.String({ minLength: 1, description: 'A JSON Web Token (RFC 7519) in compact form.' }),
  },
  {
    title: 'auth',
    description:
      'Shows a token: as the first frame, or a fresh one of the same person before the former expires.',
  },
)
